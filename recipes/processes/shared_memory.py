"""Shared memory: one picture, four processes, nothing sent

A dark photograph lies in a block of shared memory. Four processes attach to
it by its name and brighten a strip each, in place; not one pixel is copied or
pickled. Look at the lanes of the block: the program has it from beginning to
end, and the four attach to it and let it go. There are no arrows with messages
between the processes, only their starts and ends.

expect: nothing
"""

import multiprocessing
from multiprocessing.shared_memory import SharedMemory

WIDTH, HEIGHT = 640, 480
STRIPS = 4
PASSES = 4


def brighten(name, strip):
    picture = SharedMemory(name)
    height = HEIGHT // STRIPS
    pixels = range(strip * height * WIDTH, (strip + 1) * height * WIDTH)
    for _ in range(PASSES):
        for i in pixels:
            picture.buf[i] = min(255, picture.buf[i] * 9 // 8)
    picture.close()


def main():
    picture = SharedMemory(create=True, size=WIDTH * HEIGHT)
    for i in range(WIDTH * HEIGHT):
        picture.buf[i] = 40 + i % 100
    painters = [
        multiprocessing.Process(
            target=brighten,
            args=(picture.name, strip),
            name=f"strip-{strip + 1}",
        )
        for strip in range(STRIPS)
    ]
    for painter in painters:
        painter.start()
    for painter in painters:
        painter.join()
    print(f"brightness: {min(picture.buf)} to {max(picture.buf)}")
    picture.close()
    picture.unlink()


if __name__ == "__main__":
    main()
