"""Two queues, so that short tasks do not stand behind long ones

A letter is answered in a moment, a parcel takes its time. Parcels are routed
to a queue of their own, with a worker of its own. Each queue is a lane with
its backlog; compare how long letters and parcels lay in theirs.

expect: nothing
"""

import time

from local_broker import local_app, workers

app = local_app(
    "two_queues", task_routes={"two_queues.pack": {"queue": "parcels"}}
)


@app.task
def answer(letter):
    return f"answered {letter}"


@app.task
def pack(parcel):
    time.sleep(0.15)
    return f"packed {parcel}"


def main():
    with workers(app, "-P solo -Q celery", "-P solo -Q parcels"):
        parcels = [pack.delay(number) for number in range(3)]
        letters = [answer.delay(number) for number in range(3)]
        for done in letters + parcels:
            print(done.get(interval=0.02))


if __name__ == "__main__":
    main()
