"""The database is asked when nobody has to wait for it

The same clerks and prices. A clerk holds Prices.lock only to look into the
dictionary and to write into it, and asks the database in between, without it.
Now and then two ask for the same product, which does no harm. Look at the lane
of Prices.lock: every slice is a hair, while the database thinks as long as
before.

expect: nothing
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
            price = self.known.get(product)
        if price is None:
            price = ask(database, product)
            with self.lock:
                self.known[product] = price
        return price


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
