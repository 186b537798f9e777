"""Hello from every rank

mpiexec starts the same program four times. What each process does follows
from its rank, a number from 0 on, which it asks of the communicator of all.
Look at the lanes: mpiexec started four processes, named by their ranks, and
no arrow goes between them, for nobody has sent anything. They greet in the
order in which they happen to come up.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import os

from mpi4py import MPI

LINES = [
    "I read the barometer",
    "I read the thermometer",
    "I count the clouds",
    "I look out of the window",
]


def duty_of(rank):
    return LINES[rank % len(LINES)]


def main():
    everybody = MPI.COMM_WORLD
    rank = everybody.Get_rank()
    size = everybody.Get_size()
    machine = MPI.Get_processor_name()
    print(f"{rank} of {size}, {machine}, {os.getpid()}: {duty_of(rank)}")


if __name__ == "__main__":
    main()
