"""PyCSP: two who both write first

Ada and Ben play chess by mail. Each writes a move, then reads the other's. But
a write of an unbuffered channel waits for its reader, and both are writing:
the game stands still before it has begun. Look at the two lanes: both wait
with a letter in hand, at the same line, and nobody is left to read one. A
watchdog ends the program after five seconds.

expect: deadlock
"""

import faulthandler
import time

import pycsp_today  # noqa: F401
from pycsp.parallel import Channel, Parallel, process, shutdown

MOVES = 6


@process
def player(name, to_other, from_other):
    for move in range(1, MOVES + 1):
        time.sleep(0.020)  # think
        to_other(f"{name}'s move {move}")
        print(name, "reads", from_other())


def main():
    faulthandler.dump_traceback_later(5, exit=True)
    post, mail = Channel("Ada to Ben"), Channel("Ben to Ada")
    Parallel(
        player("Ada", post.writer(), mail.reader()),
        player("Ben", mail.writer(), post.reader()),
    )
    shutdown()


if __name__ == "__main__":
    main()
