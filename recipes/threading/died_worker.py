"""A worker dies and nobody hears of it

A brewer tastes one barrel after the other and calls out the mark. One barrel
is empty: the exception ends the thread, and the clerk goes on listening. Look
at the lanes: the brewer's ends early, the clerk's last wait ends only by its
timeout.

expect: died
"""

import queue
import threading
import time

BARRELS = [{"malt": 4}, {"malt": 6}, {}, {"malt": 5}]

marks = queue.Queue()


def taste():
    for barrel in BARRELS:
        time.sleep(0.060)  # sip, spit, think
        marks.put(barrel["malt"] / 2)


def main():
    threading.Thread(target=taste, name="brewer").start()
    book = []
    try:
        for _ in BARRELS:
            book.append(marks.get(timeout=0.8))
    except queue.Empty:
        print("no mark for a while, the clerk goes home")
    print(f"{len(book)} of {len(BARRELS)} barrels are in the book")


if __name__ == "__main__":
    main()
