"""MapReduce on Dask: the words of a book, by dask.bag

Each part of the book is mapped to its words on whichever worker is free, the
words are brought together by their first letter (the shuffle), and each heap
is counted (the reduce). Look at the lanes of the workers: the arrows between
their jobs are the graph, those between the workers are words that travel.

expect: nothing
"""

import os
import sys

import dask.bag
from dask.distributed import Client

BOOK = [
    "it was the best of times it was the worst of times",
    "it was the age of wisdom it was the age of foolishness",
    "it was the epoch of belief it was the epoch of incredulity",
    "it was the season of light it was the season of darkness",
    "it was the spring of hope it was the winter of despair",
    "we had everything before us we had nothing before us",
]


def connect():
    address = os.environ.get("DASK_SCHEDULER", *sys.argv[1:])
    if address:
        return Client(address)
    return Client(n_workers=2, threads_per_worker=1, dashboard_address=":0")


def words(line):
    return line.split()


def first_letter(word):
    return word[0]


def count(heap):
    letter, found = heap
    return f"{letter}: {len(found)} words, {len(set(found))} different ones"


def main():
    with connect():
        lines = dask.bag.from_sequence(BOOK, npartitions=3)
        heaps = lines.map(words).flatten().groupby(first_letter, npartitions=2)
        print(*sorted(heaps.map(count).compute()), sep="\n")


if __name__ == "__main__":
    main()
