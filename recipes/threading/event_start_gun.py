"""An Event as a start gun

Six runners take their places and wait for the gun; one set() lets all of them
go at once. Look at the runners' lanes: six waits of different length that end
together, and six arrows that start at the same set of gun. The next heat has a
gun of its own: an event that stays set would let the late runners go early.

expect: nothing
"""

import random
import threading
import time

RUNNERS = ["Abebe", "Betty", "Carl", "Dina", "Emil", "Florence"]
HEATS = 3


def run(heat, gun, finish):
    name = threading.current_thread().name
    dice = random.Random(f"{name} {heat}")
    time.sleep(dice.uniform(0.02, 0.2))  # walk to the blocks
    gun.wait()
    time.sleep(dice.uniform(0.2, 0.3))
    finish.append(name)


def main():
    for heat in range(1, HEATS + 1):
        gun = threading.Event()
        finish = []
        field = [
            threading.Thread(target=run, args=(heat, gun, finish), name=name)
            for name in RUNNERS
        ]
        for runner in field:
            runner.start()
        time.sleep(0.3)  # on your marks
        gun.set()
        for runner in field:
            runner.join()
        print(f"heat {heat}: {', '.join(finish[:3])}")


if __name__ == "__main__":
    main()
