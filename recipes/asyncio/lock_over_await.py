"""One at a time, although nobody is at work

Eight stations are asked for the weather, all at once, one would think. But the
answer is awaited inside Survey.lock, which is there for the list of readings:
one question is under way, and seven tasks wait for the lock. Look at the lane
of Survey.lock: it is never free, and its holder sleeps. A loop does many
things at once only where tasks do not wait for each other.

expect: contention, slow-hold
"""

import asyncio
import random

STATIONS = ["Arosa", "Bever", "Chur", "Davos", "Elm", "Flims", "Gais", "Horw"]
READINGS = 8


class Survey:
    def __init__(self):
        self.readings = []
        self.lock = asyncio.Lock()

    async def read(self, station, dice):
        async with self.lock:
            reading = await ask(station, dice)
            self.readings.append(reading)


async def ask(station, dice):
    await asyncio.sleep(0.010)  # there and back
    return f"{station}: {dice.randint(-5, 25)} degrees"


async def follow(survey, station):
    dice = random.Random(station)
    for _ in range(READINGS):
        await survey.read(station, dice)


async def main():
    survey = Survey()
    stations = [
        asyncio.create_task(follow(survey, station), name=station)
        for station in STATIONS
    ]
    await asyncio.gather(*stations)
    print(f"{len(survey.readings)} readings, the last: {survey.readings[-1]}")


if __name__ == "__main__":
    asyncio.run(main())
