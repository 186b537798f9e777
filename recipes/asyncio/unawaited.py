"""Guests that are never told

A host invites guests. It calls `send` for the children and forgets the await:
no letter is written, only a coroutine made and thrown away. And the task that
books the band fails, but nobody looks at it. Look at the finding, and for a
task that should be there and is not.

expect: unawaited
"""

import asyncio

GROWN_UPS = ["Ida", "Jon"]
CHILDREN = ["Kit", "Lou", "Max"]


async def send(invitations, guest):
    await asyncio.sleep(0.020)
    invitations.append(guest)


async def book_band():
    await asyncio.sleep(0.010)
    raise RuntimeError("they play elsewhere")


async def main():
    invitations = []
    band = asyncio.create_task(book_band(), name="band")
    for guest in GROWN_UPS:
        await send(invitations, guest)
    for guest in CHILDREN:
        send(invitations, guest)
    del band
    print(f"{len(invitations)} invitations sent")


if __name__ == "__main__":
    asyncio.run(main())
