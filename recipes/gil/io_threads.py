"""Four threads that wait: as if there were no GIL

Four gauges along a river are asked for the water level, a thread each. To ask
takes no computing: a thread lets go of the GIL before it waits and takes it
back when the answer is there. Look at the lane of the GIL: free nearly all the
time, and held for moments only. All gauges are asked at once, so a round takes
as long as the slowest of them.

expect: nothing
"""

import threading
import time

GAUGES = {"Source": 0.060, "Old Mill": 0.090, "Harbour": 0.120, "Mouth": 0.100}
ROUNDS = 10


def water_level(name, seconds, round_number):
    time.sleep(seconds)  # the gauge is at the end of a long line
    return 200 + (7 * len(name) + 3 * round_number) % 20


def ask(name, seconds, levels):
    for round_number in range(ROUNDS):
        levels[name].append(water_level(name, seconds, round_number))


def main():
    levels = {name: [] for name in GAUGES}
    gauges = [
        threading.Thread(target=ask, args=(name, seconds, levels), name=name)
        for name, seconds in GAUGES.items()
    ]
    for gauge in gauges:
        gauge.start()
    for gauge in gauges:
        gauge.join()
    for name, measured in levels.items():
        print(f"{name}: highest {max(measured)} cm")


if __name__ == "__main__":
    main()
