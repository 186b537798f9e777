"""fork, forkserver, spawn: three ways to start a process

The same errand is run by three processes, each started in another way. fork
copies the whole parent at once; spawn starts a Python from its beginning and
imports the program anew; forkserver does that once, and forks each process
from there. Look at the lanes of the processes: how long it takes from the
arrow at their start to the first thing they do, and which helpers came along.

expect: nothing
"""

import multiprocessing
import time

ERRANDS = {"fork": "baker", "forkserver": "butcher", "spawn": "post office"}


def run_errand(place, bag):
    time.sleep(0.3)  # there is a queue
    bag.put(f"back from the {place}")


def main():
    for method, place in ERRANDS.items():
        start_method = multiprocessing.get_context(method)
        bag = start_method.SimpleQueue()
        errand = start_method.Process(
            target=run_errand, args=(place, bag), name=f"by-{method}"
        )
        errand.start()
        print(f"{method}: {bag.get()}")
        errand.join()


if __name__ == "__main__":
    main()
