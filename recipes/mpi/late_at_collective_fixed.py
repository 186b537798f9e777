"""Share by what it costs

Four ranks simulate the weather and agree on the length of the next step by
`allreduce`. The rows are dealt out like cards, so that each rank has some of
the easy plain and some of the mountains. Look at the lane of the communicator:
the bands are short now, and it is not always the same rank that comes last.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

STEPS = 15
ROWS = 40
HARD_FROM = 30  # the first row of the mountains


def simulate(row):
    hard = row >= HARD_FROM
    time.sleep(0.006 if hard else 0.002)
    return 0.5 if hard else 1.0


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    mine = range(rank, ROWS, size)
    now = 0.0
    for _ in range(STEPS):
        longest = min(simulate(row) for row in mine)
        now += comm.allreduce(longest, op=MPI.MIN)
    if rank == 0:
        print(f"{now} hours of weather in {STEPS} steps")


if __name__ == "__main__":
    main()
