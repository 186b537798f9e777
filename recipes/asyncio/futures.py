"""A future: one sets the result, others wait for it

Two guests wait for a table, and a porter for a word from the kitchen. A future
is a promise without any code behind it: whoever knows the answer sets it. Look
at the lanes of the guests: each waits for the table that it was promised, and
the arrow that ends the wait starts where the waiter set the result. The porter
waits for a future that ends with an exception.

expect: nothing
"""

import asyncio


async def dine(name, table):
    number = await table
    await asyncio.sleep(0.3)
    return f"{name} dined at table {number}"


async def carry(wine):
    try:
        return f"the porter brings a bottle of {await wine}"
    except LookupError as error:
        return f"the porter brings water: {error}"


async def clear_tables(tables):
    for number, table in enumerate(tables, 7):
        await asyncio.sleep(0.4)
        table.set_result(number)


async def look_in_the_cellar(wine):
    await asyncio.sleep(0.5)
    wine.set_exception(LookupError("the cellar is empty"))


async def main():
    loop = asyncio.get_running_loop()
    tables = [loop.create_future() for _ in range(2)]
    wine = loop.create_future()
    people = [
        asyncio.create_task(dine("Ms Woolf", tables[0]), name="Ms Woolf"),
        asyncio.create_task(dine("Mr Joyce", tables[1]), name="Mr Joyce"),
        asyncio.create_task(carry(wine), name="porter"),
    ]
    waiter = asyncio.create_task(clear_tables(tables), name="waiter")
    cellar = asyncio.create_task(look_in_the_cellar(wine), name="cellar")
    for person in people:
        print(await person)
    await waiter
    await cellar


if __name__ == "__main__":
    asyncio.run(main())
