"""A Barrier between the phases of a computation

Four workers follow the heat along an iron rod, a quarter each. Nobody may
overwrite a temperature that a neighbour has yet to read, so all meet at a
barrier after reading, and again after writing. Look at the workers' lanes:
whoever is first waits longest, and the last to arrive sends arrows to the
others. The rod is uneven: the last quarter always takes longer, and the three
others stand at the barrier half of their time.

expect: imbalance
"""

import threading
import time

POINTS = 400
STEPS = 40
WORKERS = 4


def follow_heat(rod, part, barrier):
    quarter = POINTS // WORKERS
    mine = range(part * quarter, (part + 1) * quarter)
    slowness = 0.030 if part == WORKERS - 1 else 0.015
    for _ in range(STEPS):
        warmer = [
            (rod[max(i - 1, 0)] + rod[i] + rod[min(i + 1, POINTS - 1)]) / 3
            for i in mine
        ]
        time.sleep(slowness)  # look up the iron's conductivity
        barrier.wait()
        rod[mine.start:mine.stop] = warmer
        barrier.wait()


def main():
    rod = [1000.0] + [20.0] * (POINTS - 1)
    barrier = threading.Barrier(WORKERS)
    workers = [
        threading.Thread(
            target=follow_heat,
            args=(rod, part, barrier),
            name=f"quarter-{part + 1}",
        )
        for part in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"after {STEPS} steps the hot end has {rod[0]:.0f} degrees")


if __name__ == "__main__":
    main()
