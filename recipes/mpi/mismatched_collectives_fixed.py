"""One root, agreed upon

Four ranks get the plan of the day from their leader, by `bcast`. Who leads is
not left to what each has heard: rank 0 keeps the list and tells it to all, by
a broadcast whose root never changes. Then all say the same root, whatever they
believed before. Look at the lane of the communicator: two bands a day, and in
each of them all four ranks agree.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

DAYS = 3
LEADERS = [0, 2, 0]


def plan_for(day, rank):
    return f"day {day}: follow rank {rank}"


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    for day in range(DAYS):
        time.sleep(0.020)
        leader = comm.bcast(LEADERS[day] if rank == 0 else None, root=0)
        plan = plan_for(day, rank) if rank == leader else None
        plan = comm.bcast(plan, root=leader)
        print(f"rank {rank}, {plan}")


if __name__ == "__main__":
    main()
