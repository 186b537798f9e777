"""PyCSP: a producer, a consumer, and a channel between them

A baker writes loaves to a channel, a shopkeeper reads them. The channel holds
none: a write ends when its loaf is read, so the two meet for each of them.
Follow the arrows from writes to reads. While the shopkeeper serves, the baker
stands at the counter with the next loaf. When the oven is out, the baker
retires from the channel, which lets the shopkeeper go home.

expect: nothing
"""

import time

import pycsp_today  # noqa: F401
from pycsp.parallel import Channel, Parallel, process, retire, shutdown

LOAVES = 20


@process
def baker(counter):
    for loaf in range(1, LOAVES + 1):
        time.sleep(0.012)  # shape it and bake it
        counter(f"loaf {loaf}")
    retire(counter)


@process
def shopkeeper(counter):
    while True:
        loaf = counter()
        time.sleep(0.030 if loaf.endswith("5") else 0.010)  # somebody talks
        print("sold", loaf)


def main():
    counter = Channel()
    Parallel(baker(counter.writer()), shopkeeper(counter.reader()))
    shutdown()


if __name__ == "__main__":
    main()
