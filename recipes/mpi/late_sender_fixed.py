"""First the message, then the archive

Rank 0 takes pictures of the sky and sends each to three others, which look
for comets in it and answer. What they wait for is sent as soon as it is there,
and the archive is written while they work: the same work in half the time.
Look at the lanes: the sleep of rank 0 lies beside those of the others now, and
hardly anybody waits for a message.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

PICTURES = 12


def archive(picture):
    time.sleep(0.050)  # the archive is on a slow disk


def look_for_comets(picture, rank):
    time.sleep(0.050)
    return picture["number"] % 5 == rank


def observe(comm):
    others = range(1, comm.Get_size())
    comets = 0
    for number in range(PICTURES):
        picture = {"number": number, "sky": bytes(1000)}
        for other in others:
            comm.send(picture, dest=other)
        archive(picture)  # while they look
        comets += sum(comm.recv(source=other) for other in others)
    for other in others:
        comm.send(None, dest=other)
    print(f"{comets} comets in {PICTURES} pictures")


def analyse(comm, rank):
    while (picture := comm.recv(source=0)) is not None:
        comm.send(look_for_comets(picture, rank), dest=0)


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    if rank == 0:
        observe(comm)
    else:
        analyse(comm, rank)


if __name__ == "__main__":
    main()
