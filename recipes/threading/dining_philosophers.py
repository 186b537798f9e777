"""Dining philosophers: five at a table, and none eats

Five philosophers share five forks, and each needs the two beside the plate.
Everybody takes the left one first; once all hold one, everybody waits for the
right one, which the neighbour holds. Look at the five fork lanes: each is held
to the end, and the waits go round the table. A watchdog ends the program after
three seconds.

expect: deadlock, lock-order
"""

import faulthandler
import threading

NAMES = ["Ada", "Blaise", "Cantor", "Dido", "Euler"]


class Fork:
    def __init__(self):
        self.lock = threading.Lock()


def dine(left, right, hungry, meals):
    for _ in range(meals):
        with left.lock:
            hungry.wait()  # they all sit down at the same time
            with right.lock:
                pass  # eat


def main():
    faulthandler.dump_traceback_later(3, exit=True)
    forks = [Fork() for _ in NAMES]
    hungry = threading.Barrier(len(NAMES))
    philosophers = [
        threading.Thread(
            target=dine,
            args=(forks[seat], forks[(seat + 1) % len(forks)], hungry, 3),
            name=name,
            daemon=True,
        )
        for seat, name in enumerate(NAMES)
    ]
    for philosopher in philosophers:
        philosopher.start()
    for philosopher in philosophers:
        philosopher.join()
    print("all have eaten")


if __name__ == "__main__":
    main()
