"""All wait for one: an allreduce in every step

Four ranks simulate the weather of a strip of land each, and agree on the
length of the next step by `allreduce`, which nobody can leave before all have
come. The strips are equally wide; but the last one has the mountains, and
takes three times as long. Look at the lane of the communicator: bands as long
as rank 3 is late; in all of them the others stand still.

start: mpiexec -n 4 python {recipe}

expect: late-at-collective
"""

import time

from mpi4py import MPI

STEPS = 15
WIDTH = 10
HARD_FROM = 30  # the first row of the mountains


def simulate(row):
    hard = row >= HARD_FROM
    time.sleep(0.006 if hard else 0.002)
    return 0.5 if hard else 1.0


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    mine = range(rank * WIDTH, (rank + 1) * WIDTH)
    now = 0.0
    for _ in range(STEPS):
        longest = min(simulate(row) for row in mine)
        now += comm.allreduce(longest, op=MPI.MIN)
    if rank == 0:
        print(f"{now} hours of weather in {STEPS} steps")


if __name__ == "__main__":
    main()
