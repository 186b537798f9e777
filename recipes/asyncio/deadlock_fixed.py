"""Two coroutines, two locks, one order

The same two waiters, but both go to the plates first. Whoever comes second
waits there with empty hands, so the other one can go on to the glasses and
finish. Look at the two locks: they are held one after the other, by one waiter
at a time.

expect: nothing
"""

import asyncio


class Cupboard:
    def __init__(self):
        self.lock = asyncio.Lock()


async def lay_table(first, second):
    async with first.lock:
        await asyncio.sleep(0)  # others walk too
        async with second.lock:
            pass  # carry both


async def main():
    plates, glasses = Cupboard(), Cupboard()
    await asyncio.gather(
        asyncio.create_task(lay_table(plates, glasses), name="Anna"),
        asyncio.create_task(lay_table(plates, glasses), name="Bela"),
    )
    print("the table is laid")


if __name__ == "__main__":
    asyncio.run(main())
