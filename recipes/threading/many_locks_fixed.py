"""Many locks, each held for the sum only

The same accounts and tellers. The receipt is printed when the account's lock
has been let go. Look at the lanes of the accounts: every slice is a hair, and
hardly any teller ever meets another one.

expect: nothing
"""

import random
import threading
import time

ACCOUNTS = 15
TELLERS = 10
CUSTOMERS = 60


class Account:
    def __init__(self):
        self.balance = 1000
        self.receipts = []
        self.lock = threading.Lock()

    def deposit(self, amount):
        with self.lock:
            self.balance += amount
        time.sleep(0.006)  # print the receipt
        with self.lock:
            self.receipts.append(amount)


def serve(accounts):
    dice = random.Random(threading.current_thread().name)
    for _ in range(CUSTOMERS):
        time.sleep(0.002)  # good morning
        dice.choice(accounts).deposit(dice.randint(1, 20))


def main():
    accounts = [Account() for _ in range(ACCOUNTS)]
    tellers = [
        threading.Thread(
            target=serve, args=(accounts,), name=f"teller-{number}"
        )
        for number in range(1, TELLERS + 1)
    ]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join()
    receipts = sum(len(account.receipts) for account in accounts)
    print(f"{receipts} receipts, {sum(a.balance for a in accounts)} in all")


if __name__ == "__main__":
    main()
