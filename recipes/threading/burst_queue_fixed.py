"""Room for a whole burst

The same seismometers and writer. The queue takes all twenty-four shocks of a
round, so that a seismometer is rid of its own at once and listens on. Look at
the lane of shocks: it jumps up seven times a second, and is empty again before
the next round.

expect: nothing
"""

import queue
import threading
import time

ROOM = 24
ROUNDS = 8
SHOCKS_A_ROUND = 8
SECONDS_A_ROUND = 0.14


def listen(place, shocks, start):
    for turn in range(ROUNDS):
        time.sleep(max(0, start + turn * SECONDS_A_ROUND - time.monotonic()))
        for shock in range(SHOCKS_A_ROUND):
            shocks.put(f"{place}: shock {shock} of round {turn}")


def write_down(shocks, journal):
    while (shock := shocks.get()) is not None:
        time.sleep(0.004)  # to the disk
        journal.append(shock)


def main():
    shocks = queue.Queue(maxsize=ROOM)
    journal = []
    start = time.monotonic()
    writer = threading.Thread(
        target=write_down, args=(shocks, journal), name="writer"
    )
    seismometers = [
        threading.Thread(
            target=listen, args=(place, shocks, start), name=place
        )
        for place in ("Etna", "Stromboli", "Vulcano")
    ]
    writer.start()
    for seismometer in seismometers:
        seismometer.start()
    for seismometer in seismometers:
        seismometer.join()
    shocks.put(None)
    writer.join()
    print(f"{len(journal)} shocks, the last at {journal[-1]}")


if __name__ == "__main__":
    main()
