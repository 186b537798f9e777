"""Are we there yet?

Two children want to know when the car arrives. One asks every 5 ms, the other
reaches for the bag of sweets, which is empty, again and again. Look at their
lanes: a comb of little sleeps, each of which wakes the child for nothing, and
each takes the GIL from the driver.

expect: polling
"""

import queue
import threading
import time

KILOMETRES = 40


class Journey:
    def __init__(self):
        self.arrived = False
        self.sweets = queue.Queue()


def drive(journey):
    for _ in range(KILOMETRES):
        time.sleep(0.020)  # a kilometre
    journey.arrived = True
    journey.sweets.put("liquorice")


def ask(journey):
    while not journey.arrived:
        time.sleep(0.005)
    print("there!")


def beg(journey):
    while True:
        try:
            sweet = journey.sweets.get_nowait()
        except queue.Empty:
            time.sleep(0.005)
        else:
            return print(f"at last: {sweet}")


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
