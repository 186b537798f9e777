"""First wait, then lock: no deadlock

The same boss, cashier and last customer. The boss waits for the cashier to go
home while nobody holds the till, and locks it afterwards to count it. Look at
the lane of Till.lock: the last payment comes before the boss has it.

expect: nothing
"""

import threading


class Till:
    def __init__(self):
        self.lock = threading.Lock()
        self.money = 0

    def pay(self, amount):
        with self.lock:
            self.money += amount


def serve(till, closing):
    for price in (3, 5, 8):
        till.pay(price)
    closing.wait()
    till.pay(13)  # the last customer


def close_shop(till, cashier, closing):
    closing.set()
    cashier.join()
    with till.lock:
        print(f"{till.money} in the till")


def main():
    till = Till()
    closing = threading.Event()
    cashier = threading.Thread(
        target=serve, args=(till, closing), name="cashier", daemon=True
    )
    cashier.start()
    close_shop(till, cashier, closing)


if __name__ == "__main__":
    main()
