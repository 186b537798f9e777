"""SCOOP: mapReduce is a tree of futures

The letters of eight crates are weighed, and the weights added up in pairs, and
the sums in pairs, until one is left. Nobody but SCOOP decides where: each half
of the crates is a future of its own, and a future that waits for its halves
lets its worker run others. Look at the jobs inside jobs on the lane of SCOOP,
and at the arrows that go from worker to worker without the origin.

expect: nothing

start: python -m scoop -q -n 3 {recipe}
"""

import operator
import time

from scoop import futures

CRATES = [120, 45, 310, 80, 15, 260, 95, 175]


def weigh(letters):
    time.sleep(letters / 5_000)  # one after the other onto the scales
    return letters * 20


def main():
    total = futures.mapReduce(weigh, operator.add, CRATES)
    print(f"{len(CRATES)} crates weigh {total / 1000} kg")


if __name__ == "__main__":
    main()
