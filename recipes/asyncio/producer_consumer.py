"""Producers and consumers on one loop

Two bakers put loaves on a shelf, three shop assistants take them from it: five
tasks in one thread, and an asyncio.Queue between them. Look at the lane of the
shelf: how many loaves lie on it. An arrow follows each loaf from the put of
its baker to the get of whoever sold it; in the morning the assistants wait for
loaves, at noon the loaves for assistants. None is left in the evening.

expect: nothing
"""

import asyncio

LOAVES_A_BAKER = 18


async def bake(shelf, grain, seconds):
    for number in range(LOAVES_A_BAKER):
        is_noon = number > LOAVES_A_BAKER // 3
        await asyncio.sleep(seconds / 3 if is_noon else seconds)
        await shelf.put(f"{grain} loaf {number}")


async def sell(shelf, sold):
    while True:
        loaf = await shelf.get()
        await asyncio.sleep(0.075)  # and how is your mother?
        sold.append(loaf)
        shelf.task_done()


async def main():
    shelf = asyncio.Queue(maxsize=40)
    sold = []
    bakers = [
        asyncio.create_task(bake(shelf, "rye", 0.080), name="baker-rye"),
        asyncio.create_task(bake(shelf, "spelt", 0.065), name="baker-spelt"),
    ]
    assistants = [
        asyncio.create_task(sell(shelf, sold), name=f"assistant-{number}")
        for number in range(1, 4)
    ]
    await asyncio.gather(*bakers)
    await shelf.join()
    for assistant in assistants:
        assistant.cancel()
    print(f"{len(sold)} loaves sold, {shelf.qsize()} left")


if __name__ == "__main__":
    asyncio.run(main())
