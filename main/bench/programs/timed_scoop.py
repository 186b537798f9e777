"""Maps of tiny futures over the workers of SCOOP, in turns with another such program.
usage: python -m scoop -q -n WORKERS timed_scoop.py OPERATIONS   (of one turn)
The processor time is the origin's, which runs its part of them.
"""

import sys

from scoop import futures
from turns import take_turns


def tiny(i):
    return i


def main():
    n = int(sys.argv[1])

    def batch():
        assert sum(futures.map(tiny, range(n))) == n * (n - 1) // 2

    take_turns(batch)


if __name__ == "__main__":
    main()
