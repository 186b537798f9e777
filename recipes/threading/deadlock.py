"""Waiting with the lock in hand: a deadlock

The shop closes: the boss locks the till, counts it and waits for the cashier
to go home. But the cashier has one last customer, whose payment needs the
till. Each waits for the other for ever. Look at the lane of Till.lock: the
boss holds it to the end, the cashier waits for it, and the boss waits for the
cashier. A watchdog ends the program after three seconds.

expect: deadlock
"""

import faulthandler
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
    with till.lock:
        closing.set()
        cashier.join()
        print(f"{till.money} in the till")


def main():
    faulthandler.dump_traceback_later(3, exit=True)
    till = Till()
    closing = threading.Event()
    cashier = threading.Thread(
        target=serve, args=(till, closing), name="cashier", daemon=True
    )
    cashier.start()
    close_shop(till, cashier, closing)


if __name__ == "__main__":
    main()
