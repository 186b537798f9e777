"""One tells all

Rank 0 reads what the others need to know and tells it to all of them by one
`bcast`. Everybody calls it: the root gives the value, the others get it. The
library passes it on in a tree, so that it takes three steps for eight ranks
and four for sixteen. Look at the lane of the communicator: one band for each
broadcast, and arrows from the root to those who had waited for it. It has to
read first, which takes but a moment.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI


def read_settings(season):
    time.sleep(0.005)  # a small file
    return {"season": season, "degrees": 4 + 5 * season, "name": "Oslo"}


def simulate(rank, settings):
    time.sleep(0.040)
    return settings["degrees"] + rank


def main():
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    degrees = []
    for season in range(4):
        settings = read_settings(season) if rank == 0 else None
        settings = comm.bcast(settings, root=0)
        degrees.append(simulate(rank, settings))
    print(f"{rank}: {settings['name']} {degrees}")


if __name__ == "__main__":
    main()
