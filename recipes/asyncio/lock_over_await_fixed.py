"""Eight questions under way at once

The same stations. Each answer is awaited first, and Survey.lock is taken only
to note it down; nobody ever waits for it. Look at the lanes of the stations:
eight sleeps side by side, and the whole is done in an eighth of the time.

expect: nothing
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
        reading = await ask(station, dice)
        async with self.lock:
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
