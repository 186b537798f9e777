"""Everybody gives everybody something

Each rank has sorted its own letters into bags, one for each town; by one
`alltoall` every rank gives bag number n to rank n and gets one bag from each.
It is the shuffle of MapReduce and the transposition of a matrix. Look at the
lane of the communicator: one band, as long as the slowest takes, for nobody
can go on before all have come.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import random
import time

from mpi4py import MPI

LETTERS = 40


def collect(rank, size):
    dice = random.Random(rank)
    bags = [[] for _ in range(size)]
    for number in range(LETTERS):
        town = dice.randrange(size)
        bags[town].append(f"{rank}/{number}")
    time.sleep(0.050)  # the round through the streets
    return bags


def deliver(letters):
    time.sleep(0.001 * len(letters))
    return len(letters)


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    for day in range(3):
        bags = comm.alltoall(collect(rank, size))
        delivered = deliver([letter for bag in bags for letter in bag])
        total = comm.allreduce(delivered)
        print(f"day {day}: {rank} delivered {delivered} of {total}")


if __name__ == "__main__":
    main()
