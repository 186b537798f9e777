"""The blocking call goes to a thread, the loop goes on

The same chat server. The search runs in a thread of its own, and its task
awaits the answer. Look at the lane of the loop: every step is a hair, and the
guests get their signs of life on time, also while the archive is searched. The
arrows lead from search to the thread and back.

expect: nothing
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
        found += await asyncio.to_thread(search_archive, f"word {number}")
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
