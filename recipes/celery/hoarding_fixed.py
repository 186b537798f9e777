"""A worker that takes a task only when it can run it

Two printers share a queue. The first one is given an atlas and takes nothing
else until it is printed: it reserves one task for each that it can run, and
acknowledges it when it is done. The second printer does all the leaflets.

expect: nothing
"""

import time

from local_broker import local_app, workers

PREFETCH = 1

app = local_app(
    "hoarding_fixed",
    worker_prefetch_multiplier=PREFETCH,
    task_acks_late=True,
)


@app.task
def print_out(title, seconds):
    time.sleep(seconds)
    return title


def main():
    with workers(app, "-P threads -c 1", "-P threads -c 1"):
        atlas = print_out.delay("atlas", 1.6)
        leaflets = [print_out.delay("leaflet", 0.05) for _ in range(20)]
        print(len([leaflet.get(interval=0.02) for leaflet in leaflets]))
        print(atlas.get(interval=0.02))


if __name__ == "__main__":
    main()
