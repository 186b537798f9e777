"""A group over two workers: whoever is free takes the next

Five floors of a house are to be swept, and two workers wait at the same queue.
A group sends all floors at once. Two are begun at once, the others lie in the
broker until a worker comes back to it: look at the backlog of the queue, and
follow the arrows from the house to either worker and back.

expect: nothing
"""

import time

from celery import group
from local_broker import local_app, workers

# a worker that has a task takes no further one in advance
app = local_app("two_workers", worker_prefetch_multiplier=1)


@app.task
def sweep(floor):
    time.sleep(0.15)
    return f"floor {floor} is clean"


def main():
    with workers(app, "-P solo", "-P solo"):
        house = group(sweep.s(floor) for floor in range(5))
        for done in house.delay().get(interval=0.02):
            print(done)


if __name__ == "__main__":
    main()
