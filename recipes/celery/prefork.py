"""A pool of processes: each has a task at a time

A worker with two child processes takes the pages from the broker and hands
each child its next one when it is free; until then the children wait for the
queue. Eight pages go through two processes side by side: look at the two lanes
of the queue's workers, and at how long the last page lay in the worker before
its turn.

expect: nothing
"""

import os
import time

from local_broker import local_app, workers

app = local_app("prefork")


@app.task
def print_page(number):
    time.sleep(0.05)
    return os.getpid()


def main():
    with workers(app, "-P prefork -c 2"):
        pages = [print_page.delay(number) for number in range(8)]
        printers = {page.get(interval=0.02) for page in pages}
    print(f"8 pages by {len(printers)} processes")


if __name__ == "__main__":
    main()
