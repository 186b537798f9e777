"""Neighbours in a grid

Four ranks lie in a grid of two by two, a torus: who leaves it on the right
comes in on the left. The communicator knows the neighbours: `Shift` says who
is beside whom along one axis. Each step everybody gives the heat of its rim to
the neighbours and takes theirs. Look at the arrows: they go in pairs between
neighbours only, never across. The lane of the grid's communicator shows where
it was made and freed.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

STEPS = 10


def with_neighbours(grid, axis, heat):
    source, target = grid.Shift(axis, 1)
    from_below = grid.sendrecv(heat, dest=target, source=source)
    from_above = grid.sendrecv(heat, dest=source, source=target)
    return (from_below + heat + from_above) / 3


def main():
    comm = MPI.COMM_WORLD
    sides = MPI.Compute_dims(comm.Get_size(), 2)
    grid = comm.Create_cart(sides, periods=[True, True], reorder=False)
    row, column = grid.Get_coords(grid.Get_rank())
    heat = 100.0 if row == column == 0 else 20.0
    for _ in range(STEPS):
        time.sleep(0.010)  # the inner part of the field
        for axis in range(2):
            heat = with_neighbours(grid, axis, heat)
    print(f"({row}, {column}): {heat:.2f} degrees")
    grid.Free()


if __name__ == "__main__":
    main()
