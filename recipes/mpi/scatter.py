"""A piece for each

Rank 0 has a list of twelve letters to translate. `scatter` gives each rank its
piece: the root hands over a list with as many elements as there are ranks, and
everybody, the root included, gets one of them. Look at the lane of the
communicator: the band of the scatter, arrows from the root to those who had
waited; afterwards all work on their own, none sends anything, and the last
band is where they meet again.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import time

from mpi4py import MPI

LETTERS = "abbot baker cook dean earl friar guard host inn jest king lord"


def pieces(letters, count):
    return [letters[i::count] for i in range(count)]


def translate(letter):
    time.sleep(0.010)  # look it up in the dictionary
    return letter[::-1]


def main():
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    everything = pieces(LETTERS.split(), size) if rank == 0 else None
    mine = comm.scatter(everything, root=0)
    translated = [translate(letter) for letter in mine]
    print(f"{rank}: {' '.join(translated)}")
    comm.barrier()


if __name__ == "__main__":
    main()
