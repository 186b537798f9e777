"""A blocking call stops the whole loop

A chat server sends each of its five guests a sign of life every 20 ms, and
now and then searches its archive. The search is an ordinary function that
waits for the disk: while it does, the loop can do nothing else. Look at the
lane of the loop: eight steps of 120 ms, marked because nothing else could go
on; and under them all guests wait for their turn on the loop, long overdue.

expect: blocked-loop
"""

import asyncio
import time

GUESTS = ["Ada", "Blaise", "Charles", "Donald", "Edsger"]
SEARCHES = 8


def search_archive(word):
    time.sleep(0.120)  # an old disk
    return len(word)


async def keep_alive(signs, guest):
    while True:
        signs[guest] += 1
        await asyncio.sleep(0.020)


async def answer_searches():
    found = 0
    for number in range(SEARCHES):
        await asyncio.sleep(0.080)
        found += search_archive(f"word {number}")
    return found


async def main():
    signs = dict.fromkeys(GUESTS, 0)
    guests = [
        asyncio.create_task(keep_alive(signs, guest), name=guest)
        for guest in GUESTS
    ]
    search = asyncio.create_task(answer_searches(), name="search")
    found = await search
    for guest in guests:
        guest.cancel()
    print(f"{found} messages found")


if __name__ == "__main__":
    asyncio.run(main())
