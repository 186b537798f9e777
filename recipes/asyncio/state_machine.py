"""Coroutines as the states of a machine

Three parcels travel, a task each. A state is a coroutine that awaits its
successor, so the chain of awaits is the way the parcel went. Look at a
parcel's lane: it sleeps in packed, then in shipped, then in delivered, each at
a line of its own, and never blocks the others. The parcel from overseas goes
through customs first; nobody is at home for the third, so it is shipped twice.

expect: nothing
"""

import asyncio


async def packed(parcel):
    await asyncio.sleep(0.15)
    if parcel["from"] == "overseas":
        return await in_customs(parcel)
    return await shipped(parcel)


async def in_customs(parcel):
    parcel["way"].append("customs")
    await asyncio.sleep(0.40)
    return await shipped(parcel)


async def shipped(parcel):
    parcel["way"].append("van")
    await asyncio.sleep(0.25)
    if parcel["nobody home"]:
        parcel["nobody home"] -= 1
        return await at_the_depot(parcel)
    return await delivered(parcel)


async def at_the_depot(parcel):
    parcel["way"].append("depot")
    await asyncio.sleep(0.20)
    return await shipped(parcel)


async def delivered(parcel):
    await asyncio.sleep(0.05)  # please sign here
    return " → ".join([*parcel["way"], "delivered"])


async def main():
    parcels = {
        "books": {"from": "Bremen", "nobody home": 0, "way": []},
        "tea": {"from": "overseas", "nobody home": 0, "way": []},
        "piano": {"from": "Vienna", "nobody home": 1, "way": []},
    }
    tasks = [
        asyncio.create_task(packed(parcel), name=name)
        for name, parcel in parcels.items()
    ]
    for task in tasks:
        print(f"{task.get_name()}: {await task}")


if __name__ == "__main__":
    asyncio.run(main())
