"""Read, then compute, then read

Eighty pictures lie on a slow disk. The program reads one, has the device
sharpen it, and reads the next. Look at the lane of the device: it is idle most
of its time. Beneath each of its gaps the thread sleeps: that stands for the
disk, and for decoding. The two could be at work at once.

expect: device-idle
"""

import time

import numpy as np
import pyopencl as cl

PICTURES, SIZE = 80, 2**16

SOURCE = """
__kernel void sharpen(__global float *picture)
{
    int i = get_global_id(0);
    float p = picture[i];
    for (int round = 0; round < 20; round++)
        p = p / sqrt(1 + p * p) + 0.5f;
    picture[i] = p;
}
"""


def read(number):
    time.sleep(0.030)  # the disk is slow, and so is decoding
    return np.full(SIZE, number, np.float32)


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    sharpen = cl.Kernel(cl.Program(context, SOURCE).build(), "sharpen")

    there = cl.Buffer(context, cl.mem_flags.READ_WRITE, SIZE * 4)
    light = 0.0
    for number in range(PICTURES):
        picture = read(number)
        cl.enqueue_copy(queue, there, picture)
        sharpen(queue, picture.shape, None, there)
        cl.enqueue_copy(queue, picture, there)
        light += float(picture[0])

    print(f"{PICTURES} pictures, {light / PICTURES:.3f} of light in each")


if __name__ == "__main__":
    main()
