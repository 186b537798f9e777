"""A thread begins to wait for a lock at moments that it writes down itself. usage: probe.py FILE WAITS
FILE gets a line for each wait: CLOCK_MONOTONIC nanoseconds, read just before the lock is asked for."""

import random
import sys
import threading
import time

file, waits = open(sys.argv[1], "w"), int(sys.argv[2])
lock = threading.Lock()
mine, yours = threading.Semaphore(0), threading.Semaphore(0)
random.seed(1)


def probe():
    for _ in range(waits):
        mine.acquire()
        time.sleep(random.uniform(0.12, 0.25))
        began = time.monotonic_ns()
        lock.acquire()
        lock.release()
        print(began, file=file, flush=True)
        yours.release()


thread = threading.Thread(target=probe, name="probe")
thread.start()
time.sleep(1)
for _ in range(waits):
    with lock:
        mine.release()
        time.sleep(0.45)
    yours.acquire()
thread.join()
print("probed")
time.sleep(1)
