"""PyCSP: an alternation takes what comes first

A lock keeper lets boats through from both sides of a lock, and from time to
time looks at the water himself. He waits on two channels and a clock at once,
and goes on with whichever comes first; where both sides have a boat the fair
choice takes turns. Look at the keeper's waits: only where one ends does it say
which of the channels it was, and the waits of the clock end without a boat.

expect: nothing
"""

import time
from collections import Counter

import pycsp_today  # noqa: F401
from pycsp.parallel import (
    Channel, FairSelect, InputGuard, Parallel, TimeoutGuard, process, shutdown
)  # fmt: skip

BOATS = {"upstream": 12, "downstream": 7}


@process
def skippers(side, boats, pause):
    for number in range(boats):
        time.sleep(pause)
        side(f"boat {number}")


@process
def keeper(*sides):
    seen = Counter()
    while sum(seen[side] for side in BOATS) < sum(BOATS.values()):
        guards = [InputGuard(side) for side in sides]
        came, boat = FairSelect(*guards, TimeoutGuard(seconds=0.025))
        if boat is None:
            seen["looks at the water"] += 1
        else:
            seen[came.channel.name.decode()] += 1
            time.sleep(0.004)  # open, wait, close
    print(dict(seen))


def main():
    up, down = Channel("upstream"), Channel("downstream")
    Parallel(
        skippers(up.writer(), BOATS["upstream"], 0.020),
        skippers(down.writer(), BOATS["downstream"], 0.070),
        keeper(up.reader(), down.reader()),
    )
    shutdown()


if __name__ == "__main__":
    main()
