"""Neighbours talk to each other

Strips of a field lie in a ring of ranks; each step every rank needs the rims
of its two neighbours, and gets them from there, without anybody between. All
have the same number of messages and of bytes, and with twice the ranks each
has as many as before. Look at the arrows: they go between neighbours only,
all at the same time.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

STEPS = 20
BYTES = 4 << 20


def exchange(comm, mine, left, right):
    rank, size = comm.Get_rank(), comm.Get_size()
    before, after = (rank - 1) % size, (rank + 1) % size
    comm.Sendrecv(mine, dest=after, recvbuf=left, source=before)
    comm.Sendrecv(mine, dest=before, recvbuf=right, source=after)


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    mine = bytearray([rank]) * BYTES
    left, right = bytearray(BYTES), bytearray(BYTES)
    for _ in range(STEPS):
        exchange(comm, mine, left, right)
        time.sleep(0.002)  # the field of this rank
    print(f"{rank} lies between {left[0]} and {right[0]}")


if __name__ == "__main__":
    main()
