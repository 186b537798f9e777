"""All tell one

Each rank counts the birds at its pond, and rank 0 gathers the counts: it gets
a list, in order of the ranks, and the others get nothing. A gather is no
barrier: who has given its count may go on at once, only the root has to wait
until all have come. Look at the bands on the lane of the communicator, and at
the arrow to rank 0 from whoever counted longest.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import random
import time

from mpi4py import MPI

MORNINGS = 4


def count_birds(dice):
    time.sleep(dice.uniform(0.030, 0.040))
    return {"ducks": dice.randint(2, 9), "herons": dice.randint(0, 2)}


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    dice = random.Random(rank)
    for morning in range(MORNINGS):
        counts = comm.gather(count_birds(dice), root=0)
        if rank == 0:
            ducks = sum(count["ducks"] for count in counts)
            herons = sum(count["herons"] for count in counts)
            print(f"morning {morning}: {ducks} ducks, {herons} herons")


if __name__ == "__main__":
    main()
