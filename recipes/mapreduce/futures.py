"""MapReduce on Dask: the words of a book, by futures

The same in single steps: a job for each chapter counts its words and lays them
in heaps (map), each heap is picked up (shuffle) by the job that adds up one
heap of all chapters (reduce). Look at who needs whom: a reduce begins when the
last chapter has been counted, not before.

expect: nothing
"""

import os
import sys
import time
from collections import Counter
from operator import itemgetter

from dask.distributed import Client

CHAPTERS = [f"call me ishmael some years ago {n} or {n}" for n in range(6)]
HEAPS = 2


def connect():
    address = os.environ.get("DASK_SCHEDULER", *sys.argv[1:])
    if address:
        return Client(address)
    return Client(n_workers=2, threads_per_worker=1, dashboard_address=":0")


def count(chapter):
    time.sleep(0.05)
    heaps = [Counter() for _ in range(HEAPS)]
    for word in chapter.split():
        heaps[len(word) % HEAPS][word] += 1
    return heaps


def add_up(counts):
    return sum(counts, Counter())


def main():
    with connect() as client:
        counted = client.map(count, CHAPTERS)
        heaps = [client.map(itemgetter(n), counted) for n in range(HEAPS)]
        added = [client.submit(add_up, heap) for heap in heaps]
        for words in client.gather(added):
            print(*(f"{word} {n}" for word, n in sorted(words.items())))


if __name__ == "__main__":
    main()
