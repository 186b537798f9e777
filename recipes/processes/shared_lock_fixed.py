"""A lock that is held for the sum only

The same cash machines and account. A machine holds the account's lock only
while it takes the amount off, and counts the notes afterwards, when the others
can be paid. Look at the lane of the lock: every slice is a hair, and no
machine stands still.

expect: nothing
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
