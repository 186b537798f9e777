"""A task that stops when it is told to

The same watchman. He ignores what he expects, a noise, and nothing else: a
CancelledError passes through. Look at the lane of the watchman: it ends where
the arrow arrives that asks it to.

expect: nothing
"""

import asyncio

ROOMS = ["mummies", "whales", "clocks"]


async def look_into(room):
    await asyncio.sleep(0.030)
    if room == "whales":
        raise LookupError("something moved")


async def walk_rounds(rounds):
    noises = 0
    for _ in range(rounds):
        for room in ROOMS:
            try:
                await look_into(room)
            except LookupError:
                noises += 1  # just the wind
    return noises


async def main():
    watchman = asyncio.create_task(walk_rounds(10), name="watchman")
    await asyncio.sleep(0.200)
    watchman.cancel()  # the day shift is here
    try:
        await watchman
    except asyncio.CancelledError:
        print("home in time")


if __name__ == "__main__":
    asyncio.run(main())
