"""Loops over one primitive, timed by the program itself from its first operation to its last, start-up left out.
usage: timed.py WHAT OPERATIONS   prints the nanoseconds it took, by the wall and of processor time
"""

import queue
import sys
import threading
import time


def run(*bodies):
    """Threads that begin together; the time from the gun to the last finish."""
    ready = threading.Barrier(len(bodies) + 1)

    def body_of(body):
        ready.wait()
        body()

    threads = [threading.Thread(target=body_of, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    ready.wait()
    begun, used = time.perf_counter_ns(), time.process_time_ns()
    for thread in threads:
        thread.join()
    return time.perf_counter_ns() - begun, time.process_time_ns() - used


def with_lock(n):
    lock = threading.Lock()

    def loop():
        for _ in range(n // 4):
            with lock:
                pass

    return run(loop, loop, loop, loop)


def rlock(n):
    lock = threading.RLock()

    def loop():
        for _ in range(n):
            lock.acquire()
            lock.release()

    return run(loop)


def queue_100(n):
    items = queue.Queue(maxsize=100)

    def produce():
        for i in range(n):
            items.put(i)

    def consume():
        for _ in range(n):
            items.get()

    return run(produce, consume)


def condition(n):
    turn = 0
    changed = threading.Condition()

    def play(mine):
        nonlocal turn
        for _ in range(n // 2):
            with changed:
                while turn != mine:
                    changed.wait()
                turn = 1 - mine
                changed.notify()

    return run(lambda: play(0), lambda: play(1))


def event(n):
    ping, pong = threading.Event(), threading.Event()

    def play(mine, other):
        for _ in range(n // 2):
            mine.wait()
            mine.clear()
            other.set()

    ping.set()
    return run(lambda: play(ping, pong), lambda: play(pong, ping))


def semaphore(n):
    ping, pong = threading.Semaphore(1), threading.Semaphore(0)

    def play(mine, other):
        for _ in range(n // 2):
            mine.acquire()
            other.release()

    return run(lambda: play(ping, pong), lambda: play(pong, ping))


def barrier(n):
    both = threading.Barrier(2)

    def play():
        for _ in range(n // 2):
            both.wait()

    return run(play, play)


def lock(n):
    ping, pong = threading.Lock(), threading.Lock()

    def play(mine, other):
        for _ in range(n // 2):
            mine.acquire()
            other.release()

    pong.acquire()
    return run(lambda: play(ping, pong), lambda: play(pong, ping))


def spin(n):
    def loop():
        x = 0
        for _ in range(n // 4):
            x = (x + 1) & 1023

    return run(loop, loop, loop, loop)


kinds = {
    "with-lock": with_lock,
    "rlock": rlock,
    "queue": queue_100,
    "condition": condition,
    "event": event,
    "semaphore": semaphore,
    "barrier": barrier,
    "lock": lock,
    "spin": spin,
}
print(*kinds[sys.argv[1]](int(sys.argv[2])), flush=True)
