"""One slow holder makes everyone wait

Four tellers book payments, each a matter of microseconds. An auditor archives
the whole ledger while it holds the same lock. Look at the lane of Bank.lock:
the long slices are all the auditor's, and under each of them the four tellers
stand still. Select a teller's wait to see who held it up, and at which line.

expect: contention, slow-hold
"""

import argparse
import random
import threading
import time


class Bank:
    def __init__(self, accounts):
        self.balances = [100] * accounts
        self.archive = []
        self.lock = threading.Lock()

    def transfer(self, source, target, amount):
        with self.lock:
            self.balances[source] -= amount
            self.balances[target] += amount

    def audit(self):
        with self.lock:
            time.sleep(0.060)  # the archive is on a slow disk
            self.archive.append(list(self.balances))


def serve_customers(bank, closing_time):
    dice = random.Random(threading.current_thread().name)
    while time.monotonic() < closing_time:
        time.sleep(0.005)  # greet, listen, look up
        source, target = dice.sample(range(len(bank.balances)), 2)
        bank.transfer(source, target, dice.randint(1, 20))


def keep_the_books(bank, closing_time):
    while time.monotonic() < closing_time:
        bank.audit()
        time.sleep(0.040)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2)
    closing_time = time.monotonic() + parser.parse_args().seconds

    bank = Bank(accounts=20)
    staff = [
        threading.Thread(
            target=serve_customers,
            args=(bank, closing_time),
            name=f"teller-{number}",
        )
        for number in range(1, 5)
    ]
    staff.append(
        threading.Thread(
            target=keep_the_books, args=(bank, closing_time), name="auditor"
        )
    )
    for person in staff:
        person.start()
    for person in staff:
        person.join()
    print(f"{len(bank.archive)} audits, {sum(bank.balances)} in the vault")


if __name__ == "__main__":
    main()
