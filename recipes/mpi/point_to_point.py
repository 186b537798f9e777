"""A parcel from rank to rank

A parcel goes around four ranks, three times; each adds its stamp. What is
sent by `send` may be any object of Python: it is pickled on its way. The
weight goes beside it by `Send`, as the bytes of a buffer, which is faster and
wants to know the type. A tag tells the two apart. Look at the arrows: each
goes from a send to the receive of the same message, and every rank waits
until its neighbour has had the parcel.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import array
import time

from mpi4py import MPI

ROUNDS = 3
PARCEL = 1
WEIGHT = 2


def stamp(rank, parcel, weight):
    time.sleep(0.010)  # where is the stamp?
    parcel["stamps"].append(rank)
    weight[0] += 0.5


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    after, before = (rank + 1) % size, (rank - 1) % size
    parcel = {"to": "Aunt Ida", "stamps": []}
    weight = array.array("d", [20.0])

    for round_number in range(ROUNDS):
        if rank > 0 or round_number > 0:
            parcel = comm.recv(source=before, tag=PARCEL)
            comm.Recv(weight, source=before, tag=WEIGHT)
        stamp(rank, parcel, weight)
        comm.send(parcel, dest=after, tag=PARCEL)
        comm.Send(weight, dest=after, tag=WEIGHT)
    if rank == 0:
        parcel = comm.recv(source=before, tag=PARCEL)
        comm.Recv(weight, source=before, tag=WEIGHT)
        print(f"{weight[0]} g, stamps {parcel['stamps']}")


if __name__ == "__main__":
    main()
