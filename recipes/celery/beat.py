"""beat: a process that submits tasks by the clock

The lighthouse flashes ten times a second. beat has a process of its own, which
only publishes; a worker lights the lamp. Nobody waits for the results, which
is why they are ignored. See how regularly the tasks come, and that each needs
a worker that is free just then.

expect: nothing
"""

import os
import time

from local_broker import folder, local_app, start, workers

LOG = folder("flashes")

app = local_app(
    "beat",
    beat_schedule={"flash": {"task": "beat.flash", "schedule": 0.1}},
    beat_max_loop_interval=0.1,
)


@app.task(ignore_result=True)
def flash():
    with open(LOG, "a") as log:
        log.write("*")


def main():
    with workers(app, "-P solo"):
        beat = start("beat", "-s", folder("schedule"), "--pidfile=")
        try:
            while not os.path.exists(LOG) or os.path.getsize(LOG) < 8:
                time.sleep(0.1)
        finally:
            beat.terminate()
            beat.wait()
    with open(LOG) as log:
        print(log.read()[:8])


if __name__ == "__main__":
    main()
