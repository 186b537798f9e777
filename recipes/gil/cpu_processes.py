"""The same computation in four processes: a GIL for each

The same tills and card numbers, a process for each till. Every process has an
interpreter and a GIL of its own. Look at the four GIL lanes: each is held by
its till from beginning to end, all at the same time, and nobody waits. What it
costs is a process's start, and that the results have to be sent: look at the
arrows from the tills to the process that started them.

expect: nothing
"""

import multiprocessing

TILLS = 4
CARDS_A_TILL = 80_000


def is_valid(card):
    """Luhn: every second digit, from the right, counts double."""
    digits = [int(digit) for digit in str(card)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0


def check_cards(first, valid):
    cards = range(first, first + CARDS_A_TILL)
    valid.put(sum(is_valid(card) for card in cards))


def main():
    valid = multiprocessing.SimpleQueue()
    tills = [
        multiprocessing.Process(
            target=check_cards,
            args=(4000_0000_0000_0000 + till * CARDS_A_TILL, valid),
            name=f"till-{till + 1}",
        )
        for till in range(TILLS)
    ]
    for till in tills:
        till.start()
    total = sum(valid.get() for _ in tills)
    for till in tills:
        till.join()
    print(f"{total} of {TILLS * CARDS_A_TILL} card numbers are valid")


if __name__ == "__main__":
    main()
