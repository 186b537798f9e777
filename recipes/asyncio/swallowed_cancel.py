"""A task that will not stop

A night watchman walks his round, whatever happens: his `except BaseException`
also catches the CancelledError by which he is sent home. Look at the lane of
the watchman: after the arrow that asks it to end it goes on as before, and the
museum cannot close.

expect: swallowed-cancel
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
            except BaseException:
                noises += 1  # just the wind
    return noises


async def main():
    watchman = asyncio.create_task(walk_rounds(10), name="watchman")
    await asyncio.sleep(0.200)
    watchman.cancel()  # the day shift is here
    noises = await watchman
    print(f"home at last, after {noises} noises")


if __name__ == "__main__":
    asyncio.run(main())
