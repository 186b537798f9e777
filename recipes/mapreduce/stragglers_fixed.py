"""MapReduce: one chapter is far longer than the others, repaired: in parts

The same encyclopedia, but no job has more than fourteen pages: the index is
counted by many. Look at the workers: all four have something to do until
shortly before the sum.

expect: nothing
"""

import os
import sys
import time

from dask.distributed import Client

VOLUMES = [12, 10, 14, 11, 13, 12, 10, 14, 12, 11, 13, 300]
MOST = 14


def connect():
    address = os.environ.get("DASK_SCHEDULER", *sys.argv[1:])
    if address:
        return Client(address)
    return Client(
        n_workers=4,
        threads_per_worker=1,
        processes=False,
        dashboard_address=":0",
    )


def count(pages, part):
    time.sleep(0.005 * pages)
    return 300 * pages


def main():
    with connect() as client:
        counts = [
            client.submit(count, min(MOST, pages - first), (volume, first))
            for volume, pages in enumerate(VOLUMES)
            for first in range(0, pages, MOST)
        ]
        print(f"{client.submit(sum, counts).result()} words")


if __name__ == "__main__":
    main()
