"""PyCSP: two who both write first, repaired: one of them reads first

The same game, but Ben reads Ada's move before he writes his own. Look at the
arrows: they go to and fro, and each wait ends with the other's letter.

expect: nothing
"""

import time

import pycsp_today  # noqa: F401
from pycsp.parallel import Channel, Parallel, process, shutdown

MOVES = 6


@process
def player(name, to_other, from_other, begins):
    for move in range(1, MOVES + 1):
        if not begins:
            print(name, "reads", from_other())
        time.sleep(0.020)  # think
        to_other(f"{name}'s move {move}")
        if begins:
            print(name, "reads", from_other())


def main():
    post, mail = Channel("Ada to Ben"), Channel("Ben to Ada")
    Parallel(
        player("Ada", post.writer(), mail.reader(), begins=True),
        player("Ben", mail.writer(), post.reader(), begins=False),
    )
    shutdown()


if __name__ == "__main__":
    main()
