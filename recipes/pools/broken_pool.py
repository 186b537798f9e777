"""A worker is killed: the pool is broken, the work goes on

Three processes scale photographs. One photograph is so large that the system
kills the worker that loads it. Everything still in that pool fails with
BrokenProcessPool; a second pool does the rest, without that photograph. Look
at the lanes of the processes: the killed one breaks off in the middle of a
job, its exit is SIGKILL, and its siblings end with it.

expect: nothing
"""

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

PHOTOS = ["beach", "forest", "panorama", "harbour", "village", "market"]


def scale(photo):
    time.sleep(0.1)  # load
    if photo == "panorama":
        os.kill(os.getpid(), signal.SIGKILL)  # as if out of memory
    time.sleep(0.4)
    return f"{photo}_small.jpg"


def scale_all(photos):
    """What could be scaled before the pool broke, if it did."""
    scaled = {}
    try:
        with ProcessPoolExecutor(3) as pool:
            for photo, small in zip(photos, pool.map(scale, photos)):
                scaled[photo] = small
    except BrokenProcessPool:
        print("the pool is broken")
    return scaled


def main():
    scaled = scale_all(PHOTOS)
    rest = [p for p in PHOTOS if p not in scaled and p != "panorama"]
    scaled |= scale_all(rest)
    print(", ".join(sorted(scaled.values())))


if __name__ == "__main__":
    main()
