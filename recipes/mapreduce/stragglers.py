"""MapReduce: one chapter is far longer than the others

Four workers count the words of an encyclopedia, a volume a job, and what they
find is added up when all are done. The last volume, the index, is longer than
all others together. Look at the workers while it is counted: three of them
have nothing to do, and the sum waits for the one.

expect: stragglers
"""

import os
import sys
import time

from dask.distributed import Client

VOLUMES = [12, 10, 14, 11, 13, 12, 10, 14, 12, 11, 13, 300]


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
            client.submit(count, pages, volume)
            for volume, pages in enumerate(VOLUMES)
        ]
        print(f"{client.submit(sum, counts).result()} words")


if __name__ == "__main__":
    main()
