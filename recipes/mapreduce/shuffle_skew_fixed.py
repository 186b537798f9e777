"""MapReduce: one heap gets nearly everything, repaired: in two steps

The same visits, but the heaps are made by country and by the last digit of the
log, so that each is about as high; what is found for a country is added up in
a second step. Look at the jobs "sum_up": all workers have their share.

expect: nothing
"""

import os
import sys
import time
from operator import itemgetter

from dask.distributed import Client

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
        totals = []
        for name in COUNTRIES:
            heaps = client.map(itemgetter(name), logs)
            sums = [client.submit(sum_up, [heap]) for heap in heaps]
            totals.append(client.submit(sum, sums))
        for name, visits in zip(COUNTRIES, client.gather(totals)):
            print(f"{name} {visits}")


if __name__ == "__main__":
    main()
