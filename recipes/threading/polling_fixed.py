"""I tell you when we are there

The same journey. One child waits for an event that the driver sets, the other
waits until something is in the bag. Look at their lanes: one long wait each,
and an arrow from the driver that ends it.

expect: nothing
"""

import queue
import threading
import time

KILOMETRES = 40


class Journey:
    def __init__(self):
        self.arrived = threading.Event()
        self.sweets = queue.Queue()


def drive(journey):
    for _ in range(KILOMETRES):
        time.sleep(0.020)  # a kilometre
    journey.arrived.set()
    journey.sweets.put("liquorice")


def ask(journey):
    journey.arrived.wait()
    print("there!")


def beg(journey):
    print(f"at last: {journey.sweets.get()}")


def main():
    journey = Journey()
    family = [
        threading.Thread(target=role, args=(journey,), name=name)
        for name, role in [("driver", drive), ("Mia", ask), ("Ben", beg)]
    ]
    for person in family:
        person.start()
    for person in family:
        person.join()


if __name__ == "__main__":
    main()
