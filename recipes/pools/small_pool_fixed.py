"""A pool that is too small, repaired: a thread for each answer awaited

The same forty stations, but twenty threads wait for their answers. A thread
that waits costs next to nothing. Look at the lanes of the pool: twenty jobs at
once, and all is over after two rounds.

expect: nothing
"""

import time
from concurrent.futures import ThreadPoolExecutor

STATIONS = 40
THREADS = 20


def ask(station):
    time.sleep(0.050)  # the station is far away
    return 10 + station % 7


def main():
    with ThreadPoolExecutor(THREADS, "asker") as askers:
        degrees = list(askers.map(ask, range(STATIONS)))
    warm = sum(degree > 12 for degree in degrees)
    print(f"{sum(degrees) / STATIONS:.1f} degrees on average")
    print(f"more than 12 degrees at {warm} stations")


if __name__ == "__main__":
    main()
