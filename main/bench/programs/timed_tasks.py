"""Loops over one primitive of asyncio, timed by the program itself inside the running event loop, start-up left out.
usage: timed_tasks.py WHAT OPERATIONS   prints the nanoseconds it took, by the wall and of processor time
"""

import asyncio
import sys
import time

tasks, sleeps = 1000, 100


async def sleep_0(n):
    async def sleeper():
        for _ in range(sleeps):
            await asyncio.sleep(0)

    for _ in range(n // (tasks * sleeps)):
        await asyncio.gather(*(sleeper() for _ in range(tasks)))


async def queue(n):
    ping, pong = asyncio.Queue(), asyncio.Queue()

    async def play(mine, other):
        for _ in range(n // 2):
            await other.put(await mine.get())

    ping.put_nowait("ball")
    await asyncio.gather(play(ping, pong), play(pong, ping))


async def timed(body, n):
    begun, used = time.perf_counter_ns(), time.process_time_ns()
    await body(n)
    return time.perf_counter_ns() - begun, time.process_time_ns() - used


kinds = {"sleep-0": sleep_0, "queue": queue}
print(*asyncio.run(timed(kinds[sys.argv[1]], int(sys.argv[2]))), flush=True)
