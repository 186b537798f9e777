"""The bell rings before the waiter listens

A cook rings the bell when a dish is ready. The waiter lays a table first and
then waits for the bell, but by then it has rung: a condition does not remember
that it was notified. Look at the lane of the waiter: it stands still until it
gives up, while the dish gets cold. No arrow ends its waits.

expect: missed-wakeup
"""

import threading
import time

DISHES = ["soup", "noodles", "cake"]


class Counter:
    def __init__(self):
        self.bell = threading.Condition()
        self.dish = None


def cook(counter, dish):
    with counter.bell:
        counter.dish = dish
        counter.bell.notify()


def serve(counter, dish):
    kitchen = threading.Thread(target=cook, args=(counter, dish), name="cook")
    kitchen.start()
    time.sleep(0.150)  # lay the table
    with counter.bell:
        rang = counter.bell.wait(timeout=0.4)
    kitchen.join()
    return rang


def work(counter):
    heard = sum(serve(counter, dish) for dish in DISHES)
    print(f"{len(DISHES)} dishes, {heard} bells heard")


def main():
    waiter = threading.Thread(target=work, args=(Counter(),), name="waiter")
    waiter.start()
    waiter.join()


if __name__ == "__main__":
    main()
