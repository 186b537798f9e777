"""A task group: if one fails, the others are cancelled

Four climbers go up together and come down together. One twists an ankle, so
the group turns back: the others are cancelled, each at the line where it just
was, and the group ends when all are down. Look at the arrows: three lead to
those that are cancelled at the moment when Carla fails, and one from the last
of them to main, which waited for the group. Before Python 3.11, which has no
TaskGroup, gather and cancel do the same by hand.

expect: nothing
"""

import asyncio
import sys

PACE = {"Anna": 0.15, "Bao": 0.17, "Carla": 0.20, "Dirk": 0.16}


async def climb(name, reached):
    for metres in range(100, 1100, 100):
        await asyncio.sleep(PACE[name])
        if name == "Carla" and metres == 500:
            raise RuntimeError("Carla twisted an ankle")
        reached[name] = metres


async def climb_as_a_group(reached):
    async with asyncio.TaskGroup() as group:
        for name in PACE:
            group.create_task(climb(name, reached), name=name)


async def climb_by_hand(reached):
    climbers = [
        asyncio.create_task(climb(name, reached), name=name) for name in PACE
    ]
    try:
        await asyncio.gather(*climbers)
    finally:
        for climber in climbers:
            climber.cancel()
        await asyncio.gather(*climbers, return_exceptions=True)


async def main():
    reached = {}
    has_groups = sys.version_info >= (3, 11)
    try:
        await (climb_as_a_group if has_groups else climb_by_hand)(reached)
    except Exception as error:
        causes = getattr(error, "exceptions", [error])
        print(f"turned back: {causes[0]}")
    print(f"{sum(m >= 1000 for m in reached.values())} reached the top")


if __name__ == "__main__":
    asyncio.run(main())
