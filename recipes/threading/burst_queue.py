"""How much room does a burst need?

Three seismometers report at the same moments, eight shocks each, seven times a
second; one thread writes them down, fast enough for all of them. But the queue
takes four, so each seismometer stands still until the writer is nearly done,
and hears nothing meanwhile. Look at the finding: from how the queue filled and
emptied it says how much room would have been enough.

expect: back-pressure
"""

import queue
import threading
import time

ROOM = 4
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
