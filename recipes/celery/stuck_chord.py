"""A callback that never runs: one of the tasks before it failed

Three weather stations are asked, and when all have answered their mean is
drawn. One station is broken, so that the drawing is never begun: who waits for
it gets an error that says so only between the lines. Look for the callback in
the table of submissions: it has no begin.

expect: stuck-chord
"""

from celery import chord
from celery.exceptions import ChordError
from local_broker import local_app, workers

app = local_app("stuck_chord", result_chord_retry_interval=0.1)


@app.task
def ask(station):
    if station == "Ben Nevis":
        raise ConnectionError(f"{station} does not answer")
    return 11


@app.task
def draw_mean(degrees):
    return f"{sum(degrees) / len(degrees):.1f} degrees"


def main():
    with workers(app, "-P solo"):
        stations = ["Kew", "Ben Nevis", "Lizard"]
        mean = chord(ask.s(station) for station in stations)(draw_mean.s())
        try:
            print(mean.get(interval=0.02))
        except (ChordError, ConnectionError) as error:
            print(error)


if __name__ == "__main__":
    main()
