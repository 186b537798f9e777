"""Most of the work is done one by one

Four counters, a process each, count words. What a counter has found it merges
into the shared total, and that is most of the work; only one can do it at a
time. Four processes run, and hardly ever two at once: look at the overview of
how many ran. More counters would change nothing.

expect: contention, serial
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
        with total.get_lock():
            total.value += found + work(200_000)  # merge them


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
