"""A chain, a group and a chord: tasks that need each other's results

Three parts of a newspaper are set side by side (a group); when all are there,
they are printed (the chord's callback), and the print is delivered (the chain
goes on). Who submits whom is in the arrows: the setting by the editor, the
delivery by the printing. Look at the arrows from the ends of the three
settings to the printing, which needs them all.

expect: nothing
"""

import time

from celery import chain, chord
from local_broker import local_app, workers

app = local_app("chain_and_chord", result_chord_retry_interval=0.1)


@app.task
def set_type(part, seconds):
    time.sleep(seconds)
    return part


@app.task
def print_paper(parts):
    return " + ".join(parts)


@app.task
def deliver(paper, street):
    return f"{paper}, to {street}"


def main():
    with workers(app, "-P threads -c 3"):
        setting = [
            set_type.s(part, seconds)
            for part, seconds in [
                ("politics", 0.1),
                ("culture", 0.2),
                ("chess", 0.3),
            ]
        ]
        paper = chain(
            chord(setting, print_paper.s()), deliver.s("Baker Street")
        )
        print(paper().get(interval=0.02))


if __name__ == "__main__":
    main()
