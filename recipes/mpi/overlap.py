"""Compute while the message is on its way

Each rank of a ring needs the rim of its neighbours. It asks for the messages
(`Irecv`), sends its own (`Isend`), works on the inner part, which needs
neither, and waits for all of them only then (`Waitall`), before it works on
the rim. Look at the lanes: the arrows cross the time in which the ranks work,
and hardly anybody waits at the end of it.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import array
import time

from mpi4py import MPI

RIM = 20_000
STEPS = 12


def step(comm, before, after, rim):
    left, right = (array.array("d", bytes(8 * RIM)) for _ in range(2))
    requests = [
        comm.Irecv(left, source=before, tag=0),
        comm.Irecv(right, source=after, tag=1),
        comm.Isend(rim, dest=after, tag=0),
        comm.Isend(rim, dest=before, tag=1),
    ]
    time.sleep(0.030)  # the inner part
    MPI.Request.Waitall(requests)
    time.sleep(0.005)  # the rim, which needs the neighbours'
    return (left[0] + rim[0] + right[0]) / 3


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    rim = array.array("d", [float(rank)] * RIM)
    for _ in range(STEPS):
        rim[0] = step(comm, (rank - 1) % size, (rank + 1) % size, rim)
    print(f"{rank}: {rim[0]:.4f}")


if __name__ == "__main__":
    main()
