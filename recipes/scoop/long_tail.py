"""SCOOP: a long job that is handed out late

A day's letters are translated by four workers, and one of them is as long as
ten others. It lies near the bottom of the pile. Look at the lanes of SCOOP:
the long job begins when the others are nearly done, and for more than a second
three workers have nothing to run.

expect: imbalance

start: python -m scoop -q -n 4 {recipe}
"""

import time

from scoop import futures

PAGES = [4, 3, 5, 3, 4, 5, 3, 4, 5, 4, 3, 5, 4, 3, 4, 5, 3, 4, 5, 3, 40, 3]


def translate(pages):
    time.sleep(0.030 * pages)
    return pages


def main():
    done = sum(futures.map(translate, PAGES))
    print(f"{done} pages")


if __name__ == "__main__":
    main()
