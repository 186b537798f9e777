"""A barrier and a lock across processes

Four surveyors measure a field, a process each. They read their instruments at
the same moment, so all meet at a barrier first; then each writes into the one
notebook, which only one may have at a time. Look at the lanes of the
surveyors: waits at the barrier that end together, with arrows from whoever
came last; then the lock of the notebook passes from hand to hand.

expect: nothing
"""

import multiprocessing
import random
import time

SURVEYORS = ["Gauss", "Lambton", "Everest", "Mason"]
ROUNDS = 12


def measure(name, all_ready, notebook_free, notebook):
    dice = random.Random(name)
    for round_number in range(ROUNDS):
        time.sleep(dice.uniform(0.040, 0.120))  # walk to the next mark
        all_ready.wait()
        angle = dice.randint(1, 90)
        with notebook_free:
            notebook[round_number] += angle


def main():
    all_ready = multiprocessing.Barrier(len(SURVEYORS))
    notebook_free = multiprocessing.Lock()
    notebook = multiprocessing.Array("i", ROUNDS, lock=False)
    surveyors = [
        multiprocessing.Process(
            target=measure,
            args=(name, all_ready, notebook_free, notebook),
            name=name,
        )
        for name in SURVEYORS
    ]
    for surveyor in surveyors:
        surveyor.start()
    for surveyor in surveyors:
        surveyor.join()
    print(f"sums of four angles: {list(notebook)}")


if __name__ == "__main__":
    main()
