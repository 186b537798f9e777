"""A worker that keeps tasks which another one could run

Two printers share a queue. The first one is given an atlas, and takes the next
leaflets from the broker as well: by default a worker reserves four tasks for
each that it can run. The second printer is soon done with its own, and stands
there, while leaflets lie in the first one behind the atlas.

expect: prefetch-hoarding
"""

import time

from local_broker import local_app, workers

PREFETCH = 4

app = local_app("hoarding", worker_prefetch_multiplier=PREFETCH)


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
