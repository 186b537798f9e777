"""Shared state that a manager keeps

Three waiters take orders and write them into one dict. None of them has it: it
lives in a fourth process, the manager's, and what they hold are proxies. Look
at a waiter's lane: every look into the dict is a message to the manager and an
answer back, two arrows for one line of Python. The manager's lock keeps two
waiters from counting the same dish at the same time.

expect: nothing
"""

import multiprocessing
import random
import time

DISHES = ["soup", "pasta", "curry", "salad"]
TABLES = 8


def take_orders(waiter, orders, counting):
    dice = random.Random(waiter)
    for _ in range(TABLES):
        time.sleep(dice.uniform(0.080, 0.160))  # they cannot decide
        dish = dice.choice(DISHES)
        with counting:
            orders[dish] = orders[dish] + 1


def main():
    with multiprocessing.Manager() as manager:
        orders = manager.dict({dish: 0 for dish in DISHES})
        counting = manager.Lock()
        waiters = [
            multiprocessing.Process(
                target=take_orders, args=(name, orders, counting), name=name
            )
            for name in ["Ana", "Bruno", "Chiara"]
        ]
        for waiter in waiters:
            waiter.start()
        for waiter in waiters:
            waiter.join()
        for dish, portions in orders.items():
            print(f"{portions} × {dish}")


if __name__ == "__main__":
    main()
