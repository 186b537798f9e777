"""Memory that the others may write

Each rank lays open a piece of its memory, a window: a notice-board with a line
for everybody. By `Put` a rank writes its line on the board of each other one,
without that one's doing; by `Get` it reads from a board. A fence divides the
time: what was put before it is there for all after it. Look at the arrows of
put and get, in the direction of the bytes; and at the fences, which are bands
across all ranks on the lane of the window.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import array
import time

from mpi4py import MPI

ROUNDS = 3


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    board = array.array("d", [0.0] * size)
    window = MPI.Win.Create(board, board.itemsize, comm=comm)
    for round_number in range(1, ROUNDS + 1):
        line = array.array("d", [100.0 * round_number + rank])
        time.sleep(0.010)  # think of what to write
        window.Fence()
        for other in range(size):
            if other != rank:
                window.Put(line, other, target=rank)
        window.Fence()
    best = array.array("d", [0.0])
    window.Get(best, (rank + 1) % size, target=rank)
    window.Fence()
    window.Free()
    print(f"{rank}: {board.tolist()}, mine is there as {best[0]}")


if __name__ == "__main__":
    main()
