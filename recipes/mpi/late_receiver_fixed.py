"""The senders share the work

Three ranks take large pictures and pack them themselves, all at the same time;
rank 0 only collects what they send. So it is there when a message comes. Look
at the lanes: no send waits for long, and it is rank 0 that waits for messages,
as it has little to do. Who posts its receives early (`Irecv`) helps too, where
the receiver is late only now and then.

start: mpiexec -n 4 python {recipe}

expect: nothing
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
    picture = bytearray(BYTES // 10)
    packed = 0
    for _ in range(PICTURES):
        for source in range(1, comm.Get_size()):
            comm.Recv(picture, source=source)
            packed += len(picture)
    print(f"{packed >> 10} KiB packed")


def photograph(comm, rank):
    for _ in range(PICTURES):
        comm.Send(pack(take_picture(rank)), dest=0)


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    if rank == 0:
        collect(comm)
    else:
        photograph(comm, rank)


if __name__ == "__main__":
    main()
