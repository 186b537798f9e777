"""Everything goes through rank 0

Strips of a field lie in a ring of ranks; each step every rank needs the
rims of its two neighbours. Here all send their rims to rank 0, which sends
each on to the two that need it: it carries all messages, the others a few. It
has hardly anything else to do, and still they all wait for it. With twice the
ranks it has twice the messages. Look at the arrows: all of them begin or end
at rank 0.

start: mpiexec -n 4 python {recipe}

expect: message-imbalance
"""

import time

from mpi4py import MPI

STEPS = 20
BYTES = 4 << 20


def relay(comm, rims):
    size = comm.Get_size()
    for rank in range(1, size):
        comm.Recv(rims[rank], source=rank)
    for rank in range(1, size):
        comm.Send(rims[rank - 1], dest=rank)
        comm.Send(rims[(rank + 1) % size], dest=rank)
    return rims[-1], rims[1]


def exchange(comm, mine, others):
    if comm.Get_rank() == 0:
        return relay(comm, [mine, *others])
    comm.Send(mine, dest=0)
    comm.Recv(others[0], source=0)
    comm.Recv(others[1], source=0)
    return others[:2]


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    mine = bytearray([rank]) * BYTES
    others = [bytearray(BYTES) for _ in range(1, max(size, 3))]
    for _ in range(STEPS):
        left, right = exchange(comm, mine, others)
        time.sleep(0.002)  # the field of this rank
    print(f"{rank} lies between {left[0]} and {right[0]}")


if __name__ == "__main__":
    main()
