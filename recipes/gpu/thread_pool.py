"""Two host threads, each with a queue of its own

A lab develops sixteen photographs. Its pool has two threads; each makes itself
a queue and a kernel when it starts, then takes photographs: it unpacks one,
writes it to the device, launches `develop`, and waits for the picture. Look at
the lane of the pool: two photographs at any time; follow the arrows from a
job's thread to its queue and back to the read that waited. While one thread
unpacks or waits, the other one keeps the device busy.

expect: nothing
"""

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyopencl as cl

PHOTOS, SIDE = 16, 1_024

SOURCE = """
__kernel void develop(__global const float *from, __global float *to, int n)
{
    for (int i = get_global_id(0); i < n; i += get_global_size(0))
        to[i] = from[i] * exp(-from[i]);
}
"""
CONTEXT = cl.create_some_context(interactive=False)
PROGRAM = cl.Program(CONTEXT, SOURCE).build()
mine = threading.local()


def open_up():
    mine.queue = cl.CommandQueue(CONTEXT)
    # arguments belong to a kernel, so that threads must not share one
    mine.kernel = cl.Kernel(PROGRAM, "develop")
    access, size = cl.mem_flags.READ_WRITE, 4 * SIDE**2
    mine.buffers = [cl.Buffer(CONTEXT, access, size) for _ in range(2)]


def develop(packed):
    photo = np.frombuffer(zlib.decompress(packed), np.float32)
    taken, developed = mine.buffers
    # the event is kept: PyOpenCL waits for a copy that is let go
    there = cl.enqueue_copy(mine.queue, taken, photo, is_blocking=False)
    size, group = np.int32(SIDE**2), ((64,), (64,))
    mine.kernel(mine.queue, *group, taken, developed, size)
    picture = np.empty_like(photo)
    cl.enqueue_copy(mine.queue, picture, developed)
    return float(picture.mean())


def main():
    dice = np.random.default_rng(9)
    light = dice.random(PHOTOS, np.float32)
    row = np.linspace(0, 1, SIDE, dtype=np.float32)
    photos = [zlib.compress(np.tile(row * each, SIDE), 1) for each in light]
    with ThreadPoolExecutor(2, "lab", initializer=open_up) as lab:
        means = list(lab.map(develop, photos))

    there = light[:, None] * row
    expected = (there * np.exp(-there)).mean(axis=1)
    assert np.allclose(means, expected, rtol=1e-3)
    print(f"{PHOTOS} photographs, from {min(means):.2f} to {max(means):.2f}")


if __name__ == "__main__":
    main()
