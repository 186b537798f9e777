"""SCOOP: a long job that is handed out late, repaired: the longest first

The same letters, but the pile is sorted, the longest on top. Look at the lanes
of SCOOP: while one worker translates the long one, the others have nearly as
much to do with all the rest.

expect: nothing

start: python -m scoop -q -n 4 {recipe}
"""

import time

from scoop import futures

PAGES = [4, 3, 5, 3, 4, 5, 3, 4, 5, 4, 3, 5, 4, 3, 4, 5, 3, 4, 5, 3, 40, 3]


def translate(pages):
    time.sleep(0.030 * pages)
    return pages


def main():
    pile = sorted(PAGES, reverse=True)
    done = sum(futures.map(translate, pile))
    print(f"{done} pages")


if __name__ == "__main__":
    main()
