"""Two locks, two orders: a deadlock

Two clerks move money between two accounts, in opposite directions. Each locks
the account it takes from, then the one it gives to. Sooner or later each holds
what the other needs, and both wait for ever. Look at the two lock lanes: each
is held to the end of the picture, and each clerk waits for the other. The
program never ends by itself: stop it.

expect: deadlock, lock-order
"""

import random
import threading
import time


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    with source.lock:
        time.sleep(0.005)  # ask the fraud department
        with target.lock:
            source.balance -= amount
            target.balance += amount


def move_money(source, target):
    dice = random.Random(source.number)
    while True:
        transfer(source, target, dice.randint(1, 10))
        time.sleep(dice.uniform(0.03, 0.06))  # the next slip of paper


def main():
    checking = Account(1, 1000)
    savings = Account(2, 1000)
    clerks = [
        threading.Thread(
            target=move_money,
            args=(checking, savings),
            name="clerk-saves",
            daemon=True,
        ),
        threading.Thread(
            target=move_money,
            args=(savings, checking),
            name="clerk-spends",
            daemon=True,
        ),
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()


if __name__ == "__main__":
    main()
