"""A lock for each: the critical path is one cook's own work

The same kitchen with a stove for each cook. Nobody waits: the critical path
stays with one cook from the start to the join, and dinner is ready as early
as the replay of the other recording said it could be.

expect: nothing
"""

import threading
import time

COOKS = ("Ada", "Bea", "Cem", "Dan")
COURSES = 6


class Kitchen:
    def __init__(self):
        self.stoves = {name: threading.Lock() for name in COOKS}

    def stove_of(self, cook):
        return self.stoves[cook]


def cook(name, kitchen):
    for _ in range(COURSES):
        time.sleep(0.015)  # wash, chop
        with kitchen.stove_of(name):
            time.sleep(0.035)  # boil, fry
        time.sleep(0.010)  # serve


def main():
    kitchen = Kitchen()
    cooks = [
        threading.Thread(target=cook, args=(name, kitchen), name=name)
        for name in COOKS
    ]
    for each in cooks:
        each.start()
    for each in cooks:
        each.join()
    print(f"{len(COOKS) * COURSES} dishes are on the table")


if __name__ == "__main__":
    main()
