"""MapReduce: one heap gets nearly everything

The visits of a website are sorted by country, a heap each, and every heap is
summed up by one job. Nine of ten visitors come from the same country. Look at
the jobs "sum_up": most bytes go to one of them, it works for a second, and
the other three workers have long had nothing to do.

expect: shuffle-skew
"""

import os
import sys
import time
from operator import itemgetter

from dask.distributed import Client, wait

COUNTRIES = ["France", "Iceland", "Malta", "Wales"]
LOGS = 8


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


def sort(log):
    heaps = {country: [f"{country} {log}"] * 4 for country in COUNTRIES}
    heaps["France"] *= 27
    return heaps


def sum_up(heaps):
    visits = sum(len(heap) for heap in heaps)
    time.sleep(0.001 * visits)
    return visits


def main():
    with connect() as client:
        logs = client.map(sort, range(LOGS))
        heaps = [client.map(itemgetter(name), logs) for name in COUNTRIES]
        wait(heaps)  # or a sum keeps a worker from making another heap
        sums = [client.submit(sum_up, heap) for heap in heaps]
        for name, visits in zip(COUNTRIES, client.gather(sums)):
            print(f"{name} {visits}")


if __name__ == "__main__":
    main()
