"""A semaphore keeps the crowd small

Twelve readers want to see a manuscript, and the archive lets three in at a
time. Look at the lanes of the semaphore reading_room: never more than three
slices at once. Look at the readers' lanes: first they wait for the semaphore,
then they read, and the arrow that ends a wait starts at the reader who left.
It is all one thread: they wait for each other, not for a core.

expect: nothing
"""

import asyncio
import random

READERS = 12
SEATS = 3


class Archive:
    def __init__(self):
        self.reading_room = asyncio.Semaphore(SEATS)
        self.present = 0
        self.most = 0

    async def read(self, seconds):
        async with self.reading_room:
            self.present += 1
            self.most = max(self.most, self.present)
            await asyncio.sleep(seconds)
            self.present -= 1


async def visit(archive, reader):
    dice = random.Random(reader)
    for _ in range(2):
        await asyncio.sleep(dice.uniform(0.02, 0.10))  # find the way
        await archive.read(dice.uniform(0.10, 0.20))


async def main():
    archive = Archive()
    readers = [
        asyncio.create_task(visit(archive, number), name=f"reader-{number}")
        for number in range(1, READERS + 1)
    ]
    await asyncio.gather(*readers)
    print(f"{READERS} readers, at most {archive.most} at a time")


if __name__ == "__main__":
    asyncio.run(main())
