"""A process in the background ends with its parent

A text editor keeps two processes beside it: one that checks the spelling, a
daemon, and one that prints. When the editor is closed it waits for the printer
and ends the spelling checker, in the middle of whatever it does. Look at the
lanes of the processes: printer ends by itself with exit code 0, spelling
breaks off when the editor is through, and its exit is SIGTERM.

expect: nothing
"""

import multiprocessing
import time


def check_spelling():
    while True:
        time.sleep(0.050)  # read the next paragraph


def print_pages(pages):
    for _ in range(pages):
        time.sleep(0.150)


def main():
    spelling = multiprocessing.Process(
        target=check_spelling, name="spelling", daemon=True
    )
    printer = multiprocessing.Process(
        target=print_pages, args=(8,), name="printer"
    )
    spelling.start()
    printer.start()
    for chapter in range(1, 4):
        time.sleep(0.2)  # write it
        print(f"chapter {chapter} is written")
    print("closing the editor: the last pages are still being printed")


if __name__ == "__main__":
    main()
