"""Two locks, one order: no deadlock can form

The same two clerks and accounts. Whatever the direction of the money, the
account with the smaller number is locked first, so nobody can hold what
another needs while needing what the other holds. Look at the two lock lanes:
a clerk that comes second waits at the first lock, holding nothing.

expect: nothing
"""

import argparse
import random
import threading
import time


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda a: a.number)
    with first.lock:
        time.sleep(0.005)  # ask the fraud department
        with second.lock:
            source.balance -= amount
            target.balance += amount


def move_money(source, target, end):
    dice = random.Random(source.number)
    while time.monotonic() < end:
        transfer(source, target, dice.randint(1, 10))
        time.sleep(dice.uniform(0.03, 0.06))  # the next slip of paper


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2)
    end = time.monotonic() + parser.parse_args().seconds

    checking = Account(1, 1000)
    savings = Account(2, 1000)
    clerks = [
        threading.Thread(
            target=move_money,
            args=(checking, savings, end),
            name="clerk-saves",
        ),
        threading.Thread(
            target=move_money,
            args=(savings, checking, end),
            name="clerk-spends",
        ),
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    print(f"{checking.balance} + {savings.balance} in the two accounts")


if __name__ == "__main__":
    main()
