"""Too few workers: tasks lie in the broker

Two dozen photographs are sent to a model that runs far away; a task only waits
for its answer. But there is one worker with one thread, so that each
photograph waits for all that came before it. Look at the lane of the waiting
tasks beside the queue, and at the worker, which does nothing but sleep.

expect: pool-size
"""

import time

from local_broker import local_app, workers

THREADS = 1

app = local_app("few_workers")


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
