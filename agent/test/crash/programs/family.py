"""Processes that end in every way, each of which writes down what it has done in memory that survives it.
usage: family.py COUNTERS WHAT   COUNTERS is a file of 256 numbers: process i adds to number i whenever a round is over
"""

import mmap
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

path, what = sys.argv[1], sys.argv[2]
with open(path, "r+b") as file:
    counters = memoryview(mmap.mmap(file.fileno(), 8 * 256)).cast("Q")
fork = multiprocessing.get_context("fork")


def rounds(i, n):
    lock = threading.Lock()
    for _ in range(n):
        with lock:
            pass
        counters[i] += 1


def until(condition):
    while not condition():
        time.sleep(0.001)


def tiny(i):
    with threading.Lock():
        pass
    return i


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def killed_worker():
    """A worker that is killed at its job is replaced; the others' jobs are done."""

    def workers():
        return {child.pid for child in multiprocessing.active_children()}

    with fork.Pool(2) as pool:
        first = workers()
        lost = pool.apply_async(die)
        until(lambda: len(workers() - first) == 1)
        print(sum(pool.map(tiny, range(60), chunksize=1)), lost.ready())


def broken_pool():
    """A killed worker breaks the executor: what was not done yet fails."""
    with ProcessPoolExecutor(2, fork) as pool:
        print(sum(pool.map(tiny, range(40))))
        try:
            pool.submit(die).result()
        except BrokenProcessPool as error:
            print(type(error).__name__)


def nested_pools():
    with ProcessPoolExecutor(2, fork) as pool:
        print(sum(pool.map(inner_pool, range(2))))


def inner_pool(i):
    with fork.Pool(2) as pool:
        return sum(pool.map(tiny, range(10), chunksize=1))


def leaves():
    """os._exit in the child, with an item that its feeder thread may not have sent."""
    items = fork.Queue()

    def child():
        rounds(1, 500)
        items.put("last")
        os._exit(3)

    child = fork.Process(target=child, name="leaves")
    child.start()
    child.join()
    print(child.exitcode)


def tree():
    """20 children with 9 of their own each: 7 are forked, 2 are started as another Python. Each ends with its own number."""

    def grandchild(i, j):
        number = 21 + 9 * i + j
        if j >= 7:
            return subprocess.Popen([sys.executable, __file__, path, f"number-{number}"]).pid
        pid = os.fork()
        if pid == 0:
            rounds(number, 100)
            os._exit(number)
        return pid

    def child(i):
        rounds(i + 1, 100)
        pids = [grandchild(i, j) for j in range(9)]
        for j, pid in enumerate(pids):
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 21 + 9 * i + j

    for i in range(20):
        pid = os.fork()
        if pid == 0:
            child(i)
            os._exit(i + 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == i + 1
    print(sum(counters))


def number(i):
    rounds(i, 100)
    sys.exit(i)


def daemon():
    """A process that goes on when its parent has ended, and belongs to nobody then."""
    if os.fork():
        os._exit(0)
    os.setsid()
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    for fd in range(3):
        os.close(fd)
    until(lambda: os.getppid() != parent)
    rounds(1, 2000)
    counters[0] = 1


def putter():
    """A child that puts large items without end, until it is killed in the middle of one."""
    items = fork.Queue()

    def child():
        for n in range(1_000_000):
            items.put(b"x" * 300_000)
            counters[1] = n + 1

    child = fork.Process(target=child, name="putter")
    child.start()
    moment = random.randrange(1, 30)
    for _ in range(moment):
        items.get()
    child.kill()
    child.join()
    print(child.exitcode)


def many():
    """30 processes at work, of which 20 are killed at a random moment; the others end by themselves."""

    def child(i):
        while not counters[0]:  # an Event has a lock, which a killed process would keep
            rounds(i, 10)
            time.sleep(0.001)

    children = [fork.Process(target=child, args=(i,), name=f"worker-{i}") for i in range(1, 31)]
    for child in children:
        child.start()
    until(lambda: all(counters[i] for i in range(1, 31)))
    doomed = random.sample(children, 20)
    for child in doomed:
        child.kill()
    for child in doomed:
        child.join()
    counters[0] = 1
    for child in children:
        child.join()
    print(sorted(child.exitcode for child in children))


if what.startswith("number-"):
    number(int(what[len("number-") :]))
else:
    {
        "killed-worker": killed_worker,
        "broken-pool": broken_pool,
        "nested-pools": nested_pools,
        "leaves": leaves,
        "tree": tree,
        "daemon": daemon,
        "putter": putter,
        "many": many,
    }[what]()
