"""A pool whose last job takes longest

Four translators translate a book, a chapter a job. The chapters are handed out
in the order of the book, and the long epilogue comes last. Look at the lanes
of the pool: for the second half of the time a single job is left, and three
translators have nothing to do.

expect: imbalance
"""

import time
from concurrent.futures import ThreadPoolExecutor

TRANSLATORS = 4
PAGES = [30, 25, 30, 20, 25, 30, 20, 30, 25, 20, 30, 25, 150]


def translate(pages):
    time.sleep(0.004 * pages)
    return pages * 300


def main():
    with ThreadPoolExecutor(TRANSLATORS, "translator") as office:
        words = sum(office.map(translate, PAGES))
    print(f"{words} words are translated")


if __name__ == "__main__":
    main()
