"""Threads for what cannot be awaited

A photo service must call a library that knows nothing of asyncio and blocks
while it works. The tasks hand those calls to threads: by run_in_executor to a
pool of two, by to_thread to the loop's own. Look at the arrows: from a task to
the thread that does its work, and from there back to the task. Meanwhile the
progress bar ticks on, because no step of the loop is ever long.

expect: nothing
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

PHOTOS = ["alps", "bees", "cats", "dunes", "elms", "fjord"]


def sharpen(photo):
    time.sleep(0.2)  # the old library
    return f"{photo}.png"


def save(files):
    time.sleep(0.1)
    return len(files)


async def edit(photo, pool):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, sharpen, photo)


async def show_progress():
    while True:
        await asyncio.sleep(0.025)


async def main():
    progress = asyncio.create_task(show_progress(), name="progress")
    with ThreadPoolExecutor(2, thread_name_prefix="sharpener") as pool:
        edits = [
            asyncio.create_task(edit(photo, pool), name=photo)
            for photo in PHOTOS
        ]
        files = [await photo for photo in edits]
    saved = await asyncio.to_thread(save, files)
    progress.cancel()
    print(f"{saved} photos saved: {', '.join(files)}")


if __name__ == "__main__":
    asyncio.run(main())
