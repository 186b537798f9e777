"""Many threads and many locks. usage: threads.py short N | one-lock N ROUNDS | locks N"""

import sys
import threading

what, n = sys.argv[1], int(sys.argv[2])
total = 0
lock = threading.Lock()


def add(rounds):
    global total
    for _ in range(rounds):
        with lock:
            total += 1


if what == "short":
    for first in range(0, n, 50):
        batch = [threading.Thread(target=add, args=(1,), name=f"short-{i}") for i in range(first, first + 50)]
        for thread in batch:
            thread.start()
        for thread in batch:
            thread.join()
elif what == "one-lock":
    crowd = [threading.Thread(target=add, args=(int(sys.argv[3]),), name=f"crowd-{i}") for i in range(n)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
elif what == "locks":
    kept = []
    for _ in range(n):
        each = threading.Lock()
        with each:
            total += 1
        kept.append(each)
print(total)
