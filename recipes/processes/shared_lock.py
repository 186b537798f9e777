"""Processes wait for each other too: a lock held too long

Four cash machines, a process each, pay from one account. While a machine
counts the notes it holds the account's lock, so nobody else can be paid. Look
at the lane of the lock: one holder after the other, without a gap, and the
other three machines wait. That they are processes does not help: there is one
lock.

expect: contention, slow-hold
"""

import multiprocessing
import random
import time

CUSTOMERS = 15


def pay_out(machine, balance):
    dice = random.Random(machine)
    for _ in range(CUSTOMERS):
        time.sleep(dice.uniform(0.020, 0.060))  # card, secret number
        amount = 10 * dice.randint(1, 9)
        with balance.get_lock():
            if balance.value >= amount:
                balance.value -= amount
            time.sleep(0.025)  # count the notes


def main():
    balance = multiprocessing.Value("i", 5000)
    machines = [
        multiprocessing.Process(
            target=pay_out, args=(number, balance), name=f"machine-{number}"
        )
        for number in range(1, 5)
    ]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()
    print(f"{4 * CUSTOMERS} customers later {balance.value} are left")


if __name__ == "__main__":
    main()
