"""A fork copies a lock that somebody holds

A printer thread holds the machine's lock while the program forks a helper. In
the helper the lock is a copy, taken, and there is no printer thread that could
give it back. Look at the lane of the helper: it waits for the machine until it
gives up, long after the printer has released its own.

expect: fork-with-locks
"""

import multiprocessing
import threading
import time


class Machine:
    def __init__(self):
        self.lock = threading.Lock()
        self.pages = 0


def print_book(machine, started):
    with machine.lock:
        started.set()
        for _ in range(10):
            time.sleep(0.030)  # a page
            machine.pages += 1


def clean(machine):
    if machine.lock.acquire(timeout=0.8):
        machine.lock.release()
        print("clean")
    else:
        print("the machine is never free, says the helper")


def main():
    machine = Machine()
    started = threading.Event()
    printer = threading.Thread(
        target=print_book, args=(machine, started), name="printer"
    )
    printer.start()
    started.wait()
    fork = multiprocessing.get_context("fork")
    helper = fork.Process(target=clean, args=(machine,), name="helper")
    helper.start()
    printer.join()
    helper.join()
    print(f"{machine.pages} pages printed")


if __name__ == "__main__":
    main()
