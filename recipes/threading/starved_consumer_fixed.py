"""Each consumer is told to stop

The same two washers, and when the guests have gone there is a None for each of
them, whatever happened before. Look at the ends of the two lanes: each washer
got its own last item.

expect: nothing
"""

import queue
import threading


def serve(cups, guests, washers):
    try:
        for cup in range(guests):
            cups.put(cup)
    finally:
        for _ in range(washers):
            cups.put(None)  # that was all


def wash(cups, rack):
    while (cup := cups.get()) is not None:
        rack.append(cup)


def main():
    cups = queue.Queue()
    rack = []
    washers = [
        threading.Thread(target=wash, args=(cups, rack), name=f"washer-{i}")
        for i in (1, 2)
    ]
    waiter = threading.Thread(
        target=serve, args=(cups, 20, 2), name="waiter"
    )
    for person in [*washers, waiter]:
        person.start()
    for person in [waiter, *washers]:
        person.join()
    print(f"{len(rack)} clean cups")


if __name__ == "__main__":
    main()
