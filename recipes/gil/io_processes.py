"""The same waiting in four processes: nothing gained

The same river and gauges, a process for each gauge. They wait side by side as
the threads did, and no sooner is it over. Look at the lanes of the processes:
four starts and four ends for the same sleeps, and four GILs that nobody needs.
Threads, or tasks, are the cheaper way to wait.

expect: nothing
"""

import multiprocessing
import time

GAUGES = {"Source": 0.060, "Old Mill": 0.090, "Harbour": 0.120, "Mouth": 0.100}
ROUNDS = 10


def water_level(name, seconds, round_number):
    time.sleep(seconds)  # the gauge is at the end of a long line
    return 200 + (7 * len(name) + 3 * round_number) % 20


def ask(name, seconds, levels):
    measured = [water_level(name, seconds, n) for n in range(ROUNDS)]
    levels.put((name, measured))


def main():
    levels = multiprocessing.SimpleQueue()
    gauges = [
        multiprocessing.Process(
            target=ask, args=(name, seconds, levels), name=name
        )
        for name, seconds in GAUGES.items()
    ]
    for gauge in gauges:
        gauge.start()
    highest = {}
    for _ in gauges:
        name, measured = levels.get()
        highest[name] = max(measured)
    for gauge in gauges:
        gauge.join()
    for name in GAUGES:
        print(f"{name}: highest {highest[name]} cm")


if __name__ == "__main__":
    main()
