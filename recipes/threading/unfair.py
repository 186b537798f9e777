"""A lock that its holder takes again before anybody else can

An importer writes rows into a table, each under Table.lock; between two rows
it lets the lock go, and has it back a microsecond later. A lock does not keep
a queue: it goes to whoever takes it first, and the reader, who has to wake up
before it can, comes too late again and again. Look at the reader's lane: one
wait lasts hundreds of the importer's turns.

expect: contention, unfair
"""

import os
import threading
import time

ROWS = 3000


class Table:
    def __init__(self):
        self.rows = []
        self.lock = threading.Lock()

    def insert(self, row):
        with self.lock:
            self.rows.append(checksum(row))

    def size(self):
        with self.lock:
            return len(self.rows)


def checksum(row):
    return sum(n * row for n in range(4000))


def move_to_core(place):
    """As if there were many: who wakes up does not push the other aside."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[place % len(cores)]})


def import_rows(table):
    move_to_core(0)
    for row in range(ROWS):
        table.insert(row)


def read(table, importer, sizes):
    move_to_core(1)
    while importer.is_alive():
        sizes.append(table.size())
        time.sleep(0.020)  # show it


def main():
    table = Table()
    sizes = []
    importer = threading.Thread(
        target=import_rows, args=(table,), name="importer"
    )
    reader = threading.Thread(
        target=read, args=(table, importer, sizes), name="reader"
    )
    importer.start()
    reader.start()
    importer.join()
    reader.join()
    print(f"{len(table.rows)} rows, looked at {len(sizes)} times meanwhile")


if __name__ == "__main__":
    main()
