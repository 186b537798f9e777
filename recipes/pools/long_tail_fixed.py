"""A pool whose last job takes longest, repaired: the longest first

Four translators translate the same book, but the long epilogue is handed out
first, and the short chapters fill up what is left. Look at the lanes of the
pool: all four have work until shortly before the end.

expect: nothing
"""

import time
from concurrent.futures import ThreadPoolExecutor

TRANSLATORS = 4
PAGES = [30, 25, 30, 20, 25, 30, 20, 30, 25, 20, 30, 25, 150]


def translate(pages):
    time.sleep(0.004 * pages)
    return pages * 300


def main():
    longest_first = sorted(PAGES, reverse=True)
    with ThreadPoolExecutor(TRANSLATORS, "translator") as office:
        words = sum(office.map(translate, longest_first))
    print(f"{words} words are translated")


if __name__ == "__main__":
    main()
