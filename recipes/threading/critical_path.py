"""One lock for everything decides how long it takes

Four cooks each make their own dish, but the kitchen has one lock for all its
stoves. Show the critical path: from the end back to the start it jumps from
cook to cook through Kitchen.stove, and nearly all of it lies inside the lock.
"If this lock were free" says how much sooner dinner would be ready, at most.
The fixed twin has a stove for each cook: compare how long it took.

expect: contention, slow-hold
"""

import threading
import time

COOKS = ("Ada", "Bea", "Cem", "Dan")
COURSES = 6


class Kitchen:
    def __init__(self):
        self.stove = threading.Lock()

    def stove_of(self, cook):
        return self.stove


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
