"""The lock is free most of the time, so it need not be fair

The same table. The importer works the checksum out before it takes Table.lock,
and holds it only to append. The lock still keeps no queue, but whoever comes
finds it free. Look at the reader's lane: it waits for the GIL now and then, as
two threads that run must, and hardly ever for the lock.

expect: nothing
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
        checked = checksum(row)
        with self.lock:
            self.rows.append(checked)

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
