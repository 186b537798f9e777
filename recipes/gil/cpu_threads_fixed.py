"""Four threads that compute, repaired: a process each

Four tills check card numbers, now a process each: every process has a GIL of
its own. Look at the lanes of the pool: four jobs side by side, and in each
process a GIL that its till has from beginning to end. What it costs is a
process's start, and sending the sums back.

expect: nothing
"""

from concurrent.futures import ProcessPoolExecutor

TILLS = 4
CARDS_A_TILL = 80_000


def is_valid(card):
    """Luhn: every second digit, from the right, counts double."""
    digits = [int(digit) for digit in str(card)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0


def check_cards(till):
    first = 4000_0000_0000_0000 + till * CARDS_A_TILL
    return sum(is_valid(card) for card in range(first, first + CARDS_A_TILL))


def main():
    with ProcessPoolExecutor(TILLS) as tills:
        valid = sum(tills.map(check_cards, range(TILLS)))
    print(f"{valid} of {TILLS * CARDS_A_TILL} card numbers are valid")


if __name__ == "__main__":
    main()
