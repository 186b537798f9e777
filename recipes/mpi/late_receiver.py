"""The receiver has its hands full

Three ranks take large pictures and send them to rank 0, which packs each of
them before it takes the next. A message as large as this is not copied to
somewhere: the send waits until the other side receives. Look at the lanes of
ranks 1 to 3: they stand in their sends most of the time, and each such wait
ends when rank 0 has packed what it had taken before.

start: mpiexec -n 4 python {recipe}

expect: late-receiver
"""

import time

from mpi4py import MPI

PICTURES = 8
BYTES = 1 << 20


def take_picture(rank):
    time.sleep(0.020)
    return bytearray([rank]) * BYTES


def pack(picture):
    time.sleep(0.030)
    return picture[: BYTES // 10]


def collect(comm):
    picture = bytearray(BYTES)
    packed = 0
    for _ in range(PICTURES):
        for source in range(1, comm.Get_size()):
            comm.Recv(picture, source=source)
            packed += len(pack(picture))
    print(f"{packed >> 10} KiB packed")


def photograph(comm, rank):
    for _ in range(PICTURES):
        comm.Send(take_picture(rank), dest=0)


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    if rank == 0:
        collect(comm)
    else:
        photograph(comm, rank)


if __name__ == "__main__":
    main()
