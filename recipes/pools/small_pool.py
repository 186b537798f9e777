"""A pool that is too small for jobs that only wait

A weather service asks forty stations for their temperatures. Each answers
after a twentieth of a second, and the two threads of the pool do nothing but
wait for that. Look at the lane of the jobs that wait beside the pool: it is
full until the end, while the GIL is free nearly all the time.

expect: pool-size
"""

import time
from concurrent.futures import ThreadPoolExecutor

STATIONS = 40
THREADS = 2


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
