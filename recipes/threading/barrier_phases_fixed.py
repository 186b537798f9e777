"""A Barrier between the phases, repaired: parts that take equally long

Four workers follow the heat along an iron rod and meet at a barrier after
every step. The last part of the rod takes twice as long, point for point, so
that it is half as large, and all arrive at about the same time. Look at the
workers' lanes: the waits are short, and each is the last now and then.

expect: nothing
"""

import threading
import time

POINTS = 420
STEPS = 40
PARTS = [120, 120, 120, 60]  # points
SECONDS_A_POINT = [0.000_125, 0.000_125, 0.000_125, 0.000_250]


def follow_heat(rod, part, barrier):
    first = sum(PARTS[:part])
    mine = range(first, first + PARTS[part])
    for _ in range(STEPS):
        warmer = [
            (rod[max(i - 1, 0)] + rod[i] + rod[min(i + 1, POINTS - 1)]) / 3
            for i in mine
        ]
        # look up the iron's conductivity
        time.sleep(SECONDS_A_POINT[part] * len(mine))
        barrier.wait()
        rod[mine.start:mine.stop] = warmer
        barrier.wait()


def main():
    rod = [1000.0] + [20.0] * (POINTS - 1)
    barrier = threading.Barrier(len(PARTS))
    workers = [
        threading.Thread(
            target=follow_heat,
            args=(rod, part, barrier),
            name=f"part-{part + 1}",
        )
        for part in range(len(PARTS))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"after {STEPS} steps the hot end has {rod[0]:.0f} degrees")


if __name__ == "__main__":
    main()
