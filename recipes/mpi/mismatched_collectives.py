"""Two roots for one broadcast

Four ranks get the plan of the day from their leader, by `bcast`. But rank 2
has missed that the leader has changed. In a collective all must say the same
root; here three say that it is rank 0, and one that it is itself. MPI does not
check this: the program runs through, and what rank 2 has made up reaches
nobody, or some, or all hang, as the library happens to pass it on. The
broadcast is cited, and who entered it with which root.

start: mpiexec -n 4 python {recipe}

expect: mismatched-collectives
"""

import time

from mpi4py import MPI

DAYS = 3
HAS_MISSED_THE_NEWS = 2


def leader_of(day, rank):
    if day == 2 and rank == HAS_MISSED_THE_NEWS:
        return 2
    return 2 if day == 1 else 0


def plan_for(day, rank):
    return f"day {day}: follow rank {rank}"


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    for day in range(DAYS):
        time.sleep(0.020)
        leader = leader_of(day, rank)
        plan = plan_for(day, rank) if rank == leader else None
        plan = comm.bcast(plan, root=leader)
        print(f"rank {rank}, {plan}")


if __name__ == "__main__":
    main()
