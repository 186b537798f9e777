"""The helper is forked before there is a thread

The same machine. The helper starts first, when no thread can hold anything,
and is told over an event that processes share when it may begin. Look at the
lane of the helper: it takes the lock of its own machine at once.

expect: nothing
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


def clean(machine, started):
    started.wait()
    with machine.lock:
        print("clean")


def main():
    machine = Machine()
    fork = multiprocessing.get_context("fork")
    started = fork.Event()
    helper = fork.Process(target=clean, args=(machine, started), name="helper")
    helper.start()
    printer = threading.Thread(
        target=print_book, args=(machine, started), name="printer"
    )
    printer.start()
    printer.join()
    helper.join()
    print(f"{machine.pages} pages printed")


if __name__ == "__main__":
    main()
