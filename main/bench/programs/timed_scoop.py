"""A map of tiny futures over the workers of SCOOP, timed by the program itself once they are there.
usage: python -m scoop -q -n WORKERS timed_scoop.py OPERATIONS
prints the nanoseconds it took, by the wall and of processor time of the origin, which runs its part of them.
"""

import sys
import time

from scoop import futures


def tiny(i):
    return i


def main():
    n = int(sys.argv[1])
    list(futures.map(tiny, range(500)))
    begun = time.perf_counter_ns(), time.process_time_ns()
    assert sum(futures.map(tiny, range(n))) == n * (n - 1) // 2
    ended = time.perf_counter_ns(), time.process_time_ns()
    print(*(now - then for now, then in zip(ended, begun)))


if __name__ == "__main__":
    main()
