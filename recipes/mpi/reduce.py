"""Many numbers become one

Four ranks estimate pi with darts, each with its own. `reduce` adds the hits on
the way to rank 0, so that it gets one number and not four; `allreduce` gives
the sum to all, by which everybody knows when the estimate is good enough and
all stop in the same round. Look at the bands: reduce, allreduce, in each
round; the arrows of an allreduce go to all who had waited.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import random
import time

from mpi4py import MPI

DARTS = 2000
ROUNDS = 8


def throw(dice):
    time.sleep(0.020)  # and fetch them
    squares = (dice.random() ** 2 + dice.random() ** 2 for _ in range(DARTS))
    return sum(square <= 1 for square in squares)


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    dice = random.Random(rank)
    hits = thrown = 0
    for _ in range(ROUNDS):
        mine = throw(dice)
        most = comm.reduce(mine, op=MPI.MAX, root=0)
        hits += comm.allreduce(mine, op=MPI.SUM)
        thrown += size * DARTS
        if rank == 0:
            print(f"pi is about {4 * hits / thrown:.4f}, best {most}")


if __name__ == "__main__":
    main()
