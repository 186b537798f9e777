"""Every guest is told

The same host. Each call has its await, and the task that books the band is
awaited too: its exception is raised there, and caught. Look at the lane of the
band: it ends by the exception, and the host has heard of it.

expect: nothing
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
    for guest in GROWN_UPS + CHILDREN:
        await send(invitations, guest)
    try:
        await band
    except RuntimeError as error:
        print(f"no band: {error}")
    print(f"{len(invitations)} invitations sent")


if __name__ == "__main__":
    asyncio.run(main())
