"""SCOOP: a map over workers that ask for work

Forty bags of darts are thrown at a board to find pi, each bag a future. The
origin is the worker that runs this file; it hands futures to the broker, which
gives one to each worker that has nothing to run. Look at the lane of SCOOP: a
job for each bag, on four workers, the origin among them. Follow the arrows of
one job: from map to the worker that threw it, and back with the count.

expect: nothing

start: python -m scoop -q -n 4 {recipe}
"""

import random
import time

from scoop import futures

DARTS = 3_000


def throw(bag):
    dice = random.Random(bag)
    hits = 0
    for _ in range(DARTS):
        x, y = dice.random(), dice.random()
        hits += x * x + y * y <= 1
    time.sleep(0.005)  # pull them out of the board
    return hits


def main():
    hits = sum(futures.map(throw, range(40)))
    print(f"pi is about {4 * hits / (40 * DARTS):.3f}")


if __name__ == "__main__":
    main()
