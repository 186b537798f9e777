"""A consumer that nobody tells to stop

Two washers take cups from a queue until they get a None. When the guests have
gone there is one None for the two of them: whoever comes second waits for
ever, and so does the program, without any lock. Look at the lane of the queue:
it is empty to the end, one washer waits for an item, and nobody is left who
could put one. A watchdog ends the program after three seconds.

expect: deadlock
"""

import faulthandler
import queue
import threading


def serve(cups, guests):
    for cup in range(guests):
        cups.put(cup)
    cups.put(None)  # that was all


def wash(cups, rack):
    while (cup := cups.get()) is not None:
        rack.append(cup)


def main():
    faulthandler.dump_traceback_later(3, exit=True)
    cups = queue.Queue()
    rack = []
    washers = [
        threading.Thread(target=wash, args=(cups, rack), name=f"washer-{i}")
        for i in (1, 2)
    ]
    waiter = threading.Thread(target=serve, args=(cups, 20), name="waiter")
    for person in [*washers, waiter]:
        person.start()
    for person in [waiter, *washers]:
        person.join()
    print(f"{len(rack)} clean cups")


if __name__ == "__main__":
    main()
