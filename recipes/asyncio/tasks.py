"""Tasks: three dishes and one cook

One cook prepares three dishes, a task each. While the water heats or the dough
rests, the dish awaits and the cook turns to another. Look at the lane of the
loop: there is only ever one step at a time, now for one dish and now for
another. Look at the lanes of the tasks: they wait side by side, and all is
ready after the time of the longest, not of their sum.

expect: nothing
"""

import asyncio
import time

DISHES = {
    "noodles": [("boil water", 0.30), ("cook", 0.25)],
    "bread": [("knead", 0.05), ("let it rise", 0.40), ("bake", 0.50)],
    "salad": [("wash", 0.10), ("chop", 0.15), ("dress", 0.05)],
}


def use_hands(seconds):
    """Nothing else goes on meanwhile: the cook has two hands."""
    time.sleep(seconds)


async def prepare(dish, steps, log):
    for step, seconds in steps:
        use_hands(0.010)
        log.append(f"{dish}: {step}")
        await asyncio.sleep(seconds)
    return f"{dish} in {len(steps)} steps"


async def main():
    log = []
    dishes = [
        asyncio.create_task(prepare(dish, steps, log), name=dish)
        for dish, steps in DISHES.items()
    ]
    for dish in dishes:
        print(await dish)
    print(f"begun in this order: {', '.join(log[:3])}")


if __name__ == "__main__":
    asyncio.run(main())
