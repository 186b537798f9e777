"""Teams within the crew

`Split` makes smaller communicators out of one: who gives the same colour is in
the same team, with ranks of its own from 0 on. Here the even ranks are the
bakers and the odd ones the butchers; each team adds up among itself, at its
own pace, and their first ranks tell each other the sums. Look at the lanes:
each team's communicator has bands of its own, and those of one team do not
wait for the other.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

DAYS = 4
TEAMS = ["bakers", "butchers"]


def sell(team, rank):
    time.sleep(0.020 + 0.010 * team)
    return 10 * (team + 1) + rank


def main():
    crew = MPI.COMM_WORLD
    rank = crew.Get_rank()
    colour = rank % len(TEAMS)
    team = crew.Split(color=colour, key=rank)
    sold = 0
    for _ in range(DAYS):
        sold += team.allreduce(sell(colour, team.Get_rank()))
    if team.Get_rank() == 0:
        other = crew.sendrecv(sold, dest=1 - rank, source=1 - rank)
        print(f"the {TEAMS[colour]} sold {sold}, the others {other}")
    team.Free()


if __name__ == "__main__":
    main()
