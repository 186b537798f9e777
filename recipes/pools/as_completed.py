"""Futures: a result that is not there yet

A traveller asks five hotels for a price, two telephones at a time. Each call
is a future: it ends with a price, with an exception (the hotel is full), or is
cancelled before it began, which only a call that still waits for a telephone
can be. Look at the lanes of the pool: four calls run, the fifth never begins.
MainThread waits, and goes on with whichever is done first.

expect: nothing
"""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed

PRICES = {"Astoria": 140, "Bristol": 95, "Carlton": None, "Drake": 120}


def ask(hotel, seconds):
    time.sleep(seconds)  # it rings, and rings
    price = PRICES[hotel]
    if price is None:
        raise LookupError(f"{hotel} is full")
    return price


def main():
    notes = {}
    with ThreadPoolExecutor(2, thread_name_prefix="telephone") as telephones:
        calls = {
            telephones.submit(ask, hotel, 0.2 * number): hotel
            for number, hotel in enumerate(PRICES, 1)
        }
        too_dear = telephones.submit(ask, "Excelsior", 1)
        too_dear.cancel()

        for call in as_completed(calls):
            if error := call.exception():
                notes[calls[call]] = str(error)
            else:
                notes[calls[call]] = f"{call.result()} euros"
    for hotel in PRICES:
        print(f"{hotel}: {notes[hotel]}")
    print(f"Excelsior was not called: {too_dear.cancelled()}")


if __name__ == "__main__":
    main()
