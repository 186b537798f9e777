"""Two coroutines, two locks, two orders: a deadlock in one thread

One waiter lays plates and then glasses, the other glasses and then plates;
each keeps the first cupboard while it walks to the second. No thread is needed
for a deadlock: an await lets the other one go on. Look at the lanes of the two
tasks and the two locks: each holds what the other waits for, and the event
loop has nothing to do any more. A watchdog ends the program after three
seconds.

expect: deadlock, lock-order
"""

import asyncio
import faulthandler


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
        asyncio.create_task(lay_table(glasses, plates), name="Bela"),
    )
    print("the table is laid")


if __name__ == "__main__":
    faulthandler.dump_traceback_later(3, exit=True)
    asyncio.run(main())
