"""A callback runs whatever became of the tasks before it

Three weather stations are asked, and when all have answered their mean is
drawn. One station is broken: its task says so by its result, instead of
failing, and the drawing leaves it out.

expect: nothing
"""

from celery import chord
from local_broker import local_app, workers

app = local_app("stuck_chord_fixed", result_chord_retry_interval=0.1)


@app.task
def ask(station):
    if station == "Ben Nevis":
        return None  # does not answer
    return 11


@app.task
def draw_mean(degrees):
    known = [degree for degree in degrees if degree is not None]
    return f"{sum(known) / len(known):.1f} degrees"


def main():
    with workers(app, "-P solo"):
        stations = ["Kew", "Ben Nevis", "Lizard"]
        mean = chord(ask.s(station) for station in stations)(draw_mean.s())
        print(mean.get(interval=0.02))


if __name__ == "__main__":
    main()
