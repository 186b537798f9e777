"""Four workers for one who cannot feed them

A packer compresses pages and puts them into a queue; four couriers carry them
away, which takes no time to speak of. Packing is the work, and only one does
it. Look at the couriers' lanes: all they do is wait for pages. A fifth one
would change nothing.

expect: starvation
"""

import queue
import random
import threading
import time
import zlib

PAGES = 60
COURIERS = 4


def page(number):
    return random.Random(number).randbytes(150_000)


def pack(pages, parcels):
    for content in pages:
        parcels.put(zlib.compress(content))
    for _ in range(COURIERS):
        parcels.put(None)


def carry(parcels, delivered):
    while (parcel := parcels.get()) is not None:
        time.sleep(0.001)  # over the road
        delivered.append(len(parcel))


def main():
    pages = [page(number) for number in range(PAGES)]
    parcels = queue.Queue()
    delivered = []
    staff = [
        threading.Thread(
            target=carry, args=(parcels, delivered), name=f"courier-{number}"
        )
        for number in range(1, COURIERS + 1)
    ]
    staff.append(
        threading.Thread(target=pack, args=(pages, parcels), name="packer")
    )
    for person in staff:
        person.start()
    for person in staff:
        person.join()
    print(f"{len(delivered)} parcels, {sum(delivered)} bytes")


if __name__ == "__main__":
    main()
