"""How processes end: by themselves, terminated, killed

Four divers are under water. One comes up by herself, one comes up with a
problem (exit code 3), one has to be called (SIGTERM), and one does not hear
the call and has to be pulled out (SIGKILL). Look at the lanes of the
processes: each has its exit beside its name, and the one that was pulled out
breaks off in the middle of a sleep. All that it had done until then is there.

expect: nothing
"""

import multiprocessing
import signal
import sys
import time


def look_at_fish():
    time.sleep(0.4)


def run_out_of_air():
    time.sleep(0.6)
    sys.exit(3)


def search_for_pearls():
    while True:
        time.sleep(0.030)  # open the next shell


def sleep_in_a_cave(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.set()
    while True:
        time.sleep(0.1)


def main():
    deaf = multiprocessing.Event()
    fish = multiprocessing.Process(target=look_at_fish, name="fish")
    air = multiprocessing.Process(target=run_out_of_air, name="air")
    pearls = multiprocessing.Process(target=search_for_pearls, name="pearls")
    cave = multiprocessing.Process(
        target=sleep_in_a_cave, args=(deaf,), name="cave"
    )
    divers = [fish, air, pearls, cave]
    for diver in divers:
        diver.start()
    deaf.wait()
    time.sleep(0.8)
    pearls.terminate()
    cave.terminate()
    cave.join(0.4)
    cave.kill()
    for diver in divers:
        diver.join()
        print(f"{diver.name} ended with {diver.exitcode}")


if __name__ == "__main__":
    main()
