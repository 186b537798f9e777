"""multiprocessing.Pool: five ways to hand out work

A bakery with three bakers, a process each, and five ways to give them work:
apply waits for one job, apply_async goes on meanwhile, map waits for them all,
starmap passes several arguments, imap_unordered takes what is done first. Look
at the lanes of the pool: each call is a job, and with chunksize=2 the baker
gets two loaves at a time. The arrows show who baked, and when it was known.

expect: nothing
"""

import multiprocessing
import time

LOAVES = ["rye", "spelt", "wheat", "barley", "oat", "corn", "emmer", "einkorn"]


def heat_oven(degrees):
    time.sleep(0.1)
    return f"the oven has {degrees} degrees"


def sweep_floor():
    time.sleep(0.3)
    return "the floor is swept"


def bake(grain):
    time.sleep(0.05 + 0.01 * len(grain))
    return f"{grain} loaf"


def bake_cake(flavour, eggs):
    time.sleep(0.02 * eggs)
    return f"{flavour} cake with {eggs} eggs"


def main():
    with multiprocessing.Pool(3) as bakers:
        print(bakers.apply(heat_oven, (230,)))
        swept = bakers.apply_async(sweep_floor)
        print(", ".join(bakers.map(bake, LOAVES, chunksize=2)))
        cakes = [("lemon", 4), ("carrot", 3), ("plum", 5)]
        print(", ".join(bakers.starmap(bake_cake, cakes, chunksize=1)))
        rolls = bakers.imap_unordered(bake, ["poppy", "sesame", "plain"])
        print(f"{sum(1 for _ in rolls)} kinds of rolls")
        print(swept.get())
        bakers.close()
        bakers.join()


if __name__ == "__main__":
    main()
