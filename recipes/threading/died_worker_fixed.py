"""A worker that says when it fails

The same brewer and clerk. The brewer hands the exception on like a mark, so
the clerk knows at once. Look at the lanes: each wait of the clerk is ended by
an arrow from the brewer.

expect: nothing
"""

import queue
import threading
import time

BARRELS = [{"malt": 4}, {"malt": 6}, {}, {"malt": 5}]

marks = queue.Queue()


def taste():
    for barrel in BARRELS:
        time.sleep(0.060)  # sip, spit, think
        try:
            marks.put(barrel["malt"] / 2)
        except KeyError as error:
            marks.put(error)


def main():
    threading.Thread(target=taste, name="brewer").start()
    book = []
    for number, _ in enumerate(BARRELS):
        mark = marks.get()
        if isinstance(mark, Exception):
            print(f"barrel {number}: no {mark}")
        else:
            book.append(mark)
    print(f"{len(book)} of {len(BARRELS)} barrels are in the book")


if __name__ == "__main__":
    main()
