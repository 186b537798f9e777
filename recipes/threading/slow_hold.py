"""A lock held while the database thinks

Four clerks look up prices. What has been asked before is in a dictionary; what
has not comes from a database, which takes its time. The clerk who asks it
holds Prices.lock meanwhile, so that even those whose price is known stand
still. Look at the lane of Prices.lock: the long slices are the misses, and
while one lasts the GIL is nobody's: the lock is held by a call into C.

expect: contention, slow-hold
"""

import random
import sqlite3
import threading
import time

PRODUCTS = 40
CUSTOMERS = 30

SLOW_QUERY = """
    WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row LIMIT ?)
    SELECT sum(n * ?) FROM row
"""


class Prices:
    def __init__(self):
        self.known = {}
        self.lock = threading.Lock()

    def price_of(self, product, database):
        with self.lock:
            if product not in self.known:
                self.known[product] = ask(database, product)
            return self.known[product]


def ask(database, product):
    return database.execute(SLOW_QUERY, (50_000, product)).fetchone()[0]


def serve(prices, takings):
    database = sqlite3.connect(":memory:")
    dice = random.Random(threading.current_thread().name)
    for _ in range(CUSTOMERS):
        time.sleep(0.003)  # and what can I do for you?
        takings.append(prices.price_of(dice.randrange(PRODUCTS), database))
    database.close()


def main():
    prices = Prices()
    takings = []
    clerks = [
        threading.Thread(
            target=serve, args=(prices, takings), name=f"clerk-{number}"
        )
        for number in range(1, 5)
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    print(f"{len(takings)} sold, {len(prices.known)} prices known")


if __name__ == "__main__":
    main()
