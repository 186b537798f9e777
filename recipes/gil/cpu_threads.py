"""Four threads that compute: no faster than one

Four tills check card numbers, a thread each, and none needs anything of the
others. Yet only the thread that has the GIL computes. Look at the lane of the
GIL: it is never free, and passes from till to till every 5 ms, because the one
that waits asks for it. Each till spends three quarters of its time waiting
for the GIL. The repaired version does the same work in a fraction of the time,
if the machine has the cores.

expect: gil-bound
"""

import threading

TILLS = 4
CARDS_A_TILL = 80_000


def is_valid(card):
    """Luhn: every second digit, from the right, counts double."""
    digits = [int(digit) for digit in str(card)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0


def check_cards(first, valid, till):
    cards = range(first, first + CARDS_A_TILL)
    valid[till] = sum(is_valid(card) for card in cards)


def main():
    valid = [0] * TILLS
    tills = [
        threading.Thread(
            target=check_cards,
            args=(4000_0000_0000_0000 + till * CARDS_A_TILL, valid, till),
            name=f"till-{till + 1}",
        )
        for till in range(TILLS)
    ]
    for till in tills:
        till.start()
    for till in tills:
        till.join()
    print(f"{sum(valid)} of {TILLS * CARDS_A_TILL} card numbers are valid")


if __name__ == "__main__":
    main()
