"""Read while the device computes

Eighty pictures lie on a slow disk. Eight threads read them ahead, and the
program takes each as soon as it is its turn. Look at the lane of the device:
it goes from one picture to the next, while beneath it the readers sleep: that
stands for the disk, and for decoding.

expect: nothing
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyopencl as cl

PICTURES, SIZE = 80, 2**16
READERS = 8

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
    with ThreadPoolExecutor(READERS) as readers:
        for picture in readers.map(read, range(PICTURES)):
            cl.enqueue_copy(queue, there, picture)
            sharpen(queue, picture.shape, None, there)
            cl.enqueue_copy(queue, picture, there)
            light += float(picture[0])

    print(f"{PICTURES} pictures, {light / PICTURES:.3f} of light in each")


if __name__ == "__main__":
    main()
