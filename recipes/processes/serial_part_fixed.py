"""Each merges for itself, and adds one number at the end

The same counters. Each merges what it finds into a total of its own, and takes
the lock of the shared one only to add a number. Look at the overview of how
many ran: four at once, from the start to the end.

expect: nothing
"""

import multiprocessing

PAGES = 16
COUNTERS = 4


def work(steps):
    total = 0
    for step in range(steps):
        total += step * step % 7
    return total


def count(pages, total):
    for _ in range(pages):
        found = work(20_000)  # count the words of a page
        merged = found + work(200_000)  # merge them
        with total.get_lock():
            total.value += merged


def main():
    total = multiprocessing.Value("q", 0)
    counters = [
        multiprocessing.Process(
            target=count, args=(PAGES, total), name=f"counter-{number}"
        )
        for number in range(1, COUNTERS + 1)
    ]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    print(f"{COUNTERS * PAGES} pages, {total.value}")


if __name__ == "__main__":
    main()
