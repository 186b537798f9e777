"""Who awaits whom: a tree of tasks

A journey is planned: the plan awaits flights, a hotel and the weather at once,
the flights await three airlines, and the hotel two portals. Select the task
plan and look at the await graph: what each task waits for at that moment, down
to those that sleep. The longest branch, by Condor, is what the whole plan
waits for in the end; to speed up anything else gains nothing.

expect: nothing
"""

import asyncio


async def ask(name, seconds, answer):
    await asyncio.sleep(seconds)
    return answer, name


def task(name, seconds, answer):
    return asyncio.create_task(ask(name, seconds, answer), name=name)


async def find_flight():
    offers = await asyncio.gather(
        task("Alba Air", 0.30, 210),
        task("Borea", 0.55, 180),
        task("Condor", 1.20, 165),
    )
    return min(offers)


async def find_hotel():
    offers = await asyncio.gather(
        task("rooms.example", 0.45, 95),
        task("beds.example", 0.80, 88),
    )
    return min(offers)


async def plan_journey():
    flight = asyncio.create_task(find_flight(), name="flight")
    hotel = asyncio.create_task(find_hotel(), name="hotel")
    weather = task("weather", 0.20, "sunny")
    return await asyncio.gather(flight, hotel, weather)


async def main():
    plan = asyncio.create_task(plan_journey(), name="plan")
    (fare, airline), (price, portal), (sky, _) = await plan
    print(f"{airline} for {fare}, a bed by {portal} for {price}, {sky}")


if __name__ == "__main__":
    asyncio.run(main())
