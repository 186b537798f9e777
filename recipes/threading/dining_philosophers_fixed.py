"""Dining philosophers: forks with an order

The same table, but everybody takes the fork with the smaller number first. For
four of them that is the left one; the last one reaches to the right, and waits
there with empty hands. So there is always somebody who has both. Look at the
fork lanes: each is given back, and the waits never go all the way round.

expect: nothing
"""

import threading

NAMES = ["Ada", "Blaise", "Cantor", "Dido", "Euler"]


class Fork:
    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()


def dine(left, right, hungry, meals):
    first, second = sorted((left, right), key=lambda fork: fork.number)
    for _ in range(meals):
        hungry.wait()  # they all sit down at the same time
        with first.lock:
            with second.lock:
                pass  # eat


def main():
    forks = [Fork(number) for number in range(len(NAMES))]
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
