"""A thread pool: twelve jobs for three threads

Twelve customers call a plumbing firm that has three plumbers. Each call is a
job: it is submitted at once, and begins when a plumber is free. Look at the
lanes of the pool: never more than three jobs at a time, one under the other.
An arrow leads from each call to the plumber who comes, the longer the later
the call, and one from the end of the work to the office that waits for it.

expect: nothing
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor

PLUMBERS = 3
CUSTOMERS = [
    "Adams", "Brandt", "Chen", "Dubois", "Evans", "Ferrari",
    "Garcia", "Hansen", "Ito", "Jensen", "Kumar", "Lopez",
]  # fmt: skip


def repair(customer):
    hours = random.Random(customer).randint(1, 4)
    time.sleep(hours * 0.060)  # one hour of work
    return 40 + 65 * hours


def main():
    with ThreadPoolExecutor(PLUMBERS, thread_name_prefix="plumber") as firm:
        calls = {
            customer: firm.submit(repair, customer) for customer in CUSTOMERS
        }
        for customer, call in calls.items():
            print(f"{customer} owes {call.result()} euros")


if __name__ == "__main__":
    main()
