"""A thread talks to the loop

A weather mast is read by a thread, because its driver blocks; the forecast is
a task. The thread may not touch what belongs to the loop, so it asks the loop
to put each reading on the queue (call_soon_threadsafe) and, when a storm
comes, to run a coroutine whose answer it waits for. Look at the arrows: each
reading goes from the lane of mast to forecast, which was waiting for it.

expect: nothing
"""

import asyncio
import threading
import time

WIND = [3, 4, 4, 6, 5, 8, 11, 9, 14, 18, 24, 30]


async def warn_ships(wind):
    await asyncio.sleep(0.2)  # radio
    return f"ships warned of {wind} m/s"


def read_mast(loop, readings, answers):
    for wind in WIND:
        time.sleep(0.080)  # the driver
        loop.call_soon_threadsafe(readings.put_nowait, wind)
    warning = asyncio.run_coroutine_threadsafe(warn_ships(wind), loop)
    answers.append(warning.result())
    loop.call_soon_threadsafe(readings.put_nowait, None)


async def forecast(readings):
    strongest = 0
    while (wind := await readings.get()) is not None:
        strongest = max(strongest, wind)
    return strongest


async def main():
    readings = asyncio.Queue()
    answers = []
    loop = asyncio.get_running_loop()
    mast = threading.Thread(
        target=read_mast, args=(loop, readings, answers), name="mast"
    )
    mast.start()
    today = asyncio.create_task(forecast(readings), name="forecast")
    print(f"strongest wind {await today} m/s")
    mast.join()
    print(answers[0])


if __name__ == "__main__":
    asyncio.run(main())
