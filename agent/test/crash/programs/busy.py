"""Threads that lock and unlock, hand items through queues and write down, by their own memory-mapped counters, how many
rounds each has finished. A round is: the shared lock, its own lock, and every 16th time a put and a get.
usage: busy.py COUNTERS THREADS ROUNDS END
"""

import mmap
import os
import queue
import sys
import threading

path, threads, rounds, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with open(path, "r+b") as file:
    counters = memoryview(mmap.mmap(file.fileno(), 8 * threads)).cast("Q")
shared = threading.Lock()


def work(i):
    own = threading.Lock()
    items = queue.Queue()
    for n in range(1, rounds + 1):
        with shared:
            pass
        own.acquire()
        own.release()
        if n % 16 == 0:
            items.put(n)
            items.get()
        counters[i] = n


def die():
    if end == "exit":
        os._exit(7)
    if end == "segfault":
        import ctypes

        ctypes.string_at(0)
    if end == "exception":
        raise ValueError("the end")
    if end == "sys-exit":
        sys.exit(5)


print("busy", flush=True)
workers = [threading.Thread(target=work, args=(i,), name=f"busy-{i}") for i in range(threads)]
held = threading.Lock()
held.acquire()
threading.Thread(target=held.acquire, name="stuck", daemon=True).start()
for worker in workers:
    worker.start()
if end != "running":
    for worker in workers:
        worker.join()
    if end == "sys-exit-in-thread":
        last = threading.Thread(target=sys.exit, args=(9,), name="last")
        last.start()
        last.join()
    die()
    print("done", flush=True)
