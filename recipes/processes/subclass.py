"""A process as a class of one's own

A greenhouse has three thermometers, each a subclass of Process that keeps its
own history: run() is what the new process does, __init__ is still done by the
old one. Look at the lanes: north, middle and south are siblings under the
program that made them, each with its sleeps; and at the arrows, by which every
reading goes through the queue to the one that collects them.

expect: nothing
"""

import multiprocessing
import time

READINGS = 12


class Thermometer(multiprocessing.Process):
    def __init__(self, place, degrees, readings):
        super().__init__(name=place)
        self.degrees = degrees
        self.readings = readings
        self.highest = degrees

    def run(self):
        for minute in range(READINGS):
            time.sleep(0.1)
            self.warm_up(minute)
            self.readings.put((self.name, self.highest))

    def warm_up(self, minute):
        self.degrees += 1.5 if minute < 7 else -1.0
        self.highest = max(self.highest, self.degrees)


def main():
    readings = multiprocessing.Queue()
    thermometers = [
        Thermometer("north", 14.0, readings),
        Thermometer("middle", 18.0, readings),
        Thermometer("south", 21.0, readings),
    ]
    for thermometer in thermometers:
        thermometer.start()
    highest = {}
    for _ in range(READINGS * len(thermometers)):
        place, degrees = readings.get()
        highest[place] = degrees
    for thermometer in thermometers:
        thermometer.join()
        print(f"{thermometer.name}: up to {highest[thermometer.name]}°")


if __name__ == "__main__":
    main()
