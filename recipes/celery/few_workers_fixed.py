"""Enough workers: tasks hardly lie in the broker

Two dozen photographs are sent to a model that runs far away; a task only waits
for its answer, and ten of them can do so at once. The worker has ten threads,
which cost next to nothing while they sleep.

expect: nothing
"""

import time

from local_broker import local_app, workers

THREADS = 10

app = local_app("few_workers_fixed")


@app.task
def describe(photograph):
    time.sleep(0.1)  # the model's answer is on its way
    return f"{photograph}: a cat"


def main():
    with workers(app, f"-P threads -c {THREADS}"):
        photographs = [describe.delay(number) for number in range(24)]
        print([photo.get(interval=0.02) for photo in photographs][-1])


if __name__ == "__main__":
    main()
