"""The queue carries the work, not its result

The same pages. What is put into the queue is the page as it is, which takes no
time, and whoever carries it away packs it first: four do the work that one did
alone, as many at once as there are cores. Look at the couriers' lanes: they
wait for nothing.

expect: nothing
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


def hand_out(pages, waiting):
    for content in pages:
        waiting.put(content)
    for _ in range(COURIERS):
        waiting.put(None)


def carry(waiting, delivered):
    while (content := waiting.get()) is not None:
        parcel = zlib.compress(content)
        time.sleep(0.001)  # over the road
        delivered.append(len(parcel))


def main():
    pages = [page(number) for number in range(PAGES)]
    waiting = queue.Queue()
    delivered = []
    staff = [
        threading.Thread(
            target=carry, args=(waiting, delivered), name=f"courier-{number}"
        )
        for number in range(1, COURIERS + 1)
    ]
    staff.append(
        threading.Thread(target=hand_out, args=(pages, waiting), name="clerk")
    )
    for person in staff:
        person.start()
    for person in staff:
        person.join()
    print(f"{len(delivered)} parcels, {sum(delivered)} bytes")


if __name__ == "__main__":
    main()
