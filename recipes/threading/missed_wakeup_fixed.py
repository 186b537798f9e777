"""The waiter looks at the counter before it listens

The same cook and waiter. The dish stands on the counter under the condition's
lock, and the waiter waits for the bell only while there is none. Look at the
lane of the waiter: when it comes late it does not wait at all.

expect: nothing
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
        while counter.dish is None:
            counter.bell.wait()
        served, counter.dish = counter.dish, None
    kitchen.join()
    return served


def work(counter):
    served = [serve(counter, dish) for dish in DISHES]
    print(f"{len(served)} dishes, all hot")


def main():
    waiter = threading.Thread(target=work, args=(Counter(),), name="waiter")
    waiter.start()
    waiter.join()


if __name__ == "__main__":
    main()
