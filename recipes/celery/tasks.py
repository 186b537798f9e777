"""A task goes to a worker, and its result comes back

The shop writes each order into the broker; a worker process takes it from
there, roasts, and stores the result, for which the shop waits. Follow the
arrows of one order: from the shop to the roasting and back, and look how long
it lay in the broker, on the lane of the queue, before anybody had time for it.

expect: nothing
"""

import time

from local_broker import local_app, workers

app = local_app("tasks")


@app.task
def roast(beans, seconds):
    time.sleep(seconds)
    return f"{beans}, roasted"


def main():
    with workers(app, "-P solo"):
        orders = [roast.delay(beans, 0.05) for beans in ("Kenya", "Java")]
        for order in orders:
            print(order.get(interval=0.02))


if __name__ == "__main__":
    main()
