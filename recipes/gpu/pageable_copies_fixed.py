"""Pictures that are made where the device reads them

Two exposures at a time are made in memory of the device that the host has
mapped, where they are arrays of NumPy too, and blended there; the result is
looked at through a map again. This device is the processor: to map copies
nothing. On a GPU it is pinned memory, which the device reaches by itself, so
each byte goes over once. Look at the queue's lane: nothing but kernels takes
time on it.

expect: nothing
"""

import numpy as np
import pyopencl as cl

PICTURES = 24
PIXELS = 8 * 1024 * 1024

SOURCE = """
__kernel void blend(__global const float *dark, __global const float *light,
                    __global uchar *picture)
{
    int first = get_global_id(0) * 64;
    for (int i = first; i < first + 64; i++)
        picture[i] = (uchar)((dark[i] + light[i]) * 100);
}
"""


def mapped(queue, buffer, access, dtype):
    shape = (PIXELS,)
    array, _ = cl.enqueue_map_buffer(queue, buffer, access, 0, shape, dtype)
    return array


def main():
    context = cl.Context(cl.get_platforms()[0].get_devices()[:1])
    queue = cl.CommandQueue(context)
    blend = cl.Kernel(cl.Program(context, SOURCE).build(), "blend")
    flags = cl.mem_flags
    to_read = flags.READ_ONLY | flags.ALLOC_HOST_PTR
    to_write = flags.WRITE_ONLY | flags.ALLOC_HOST_PTR
    dark, light = (cl.Buffer(context, to_read, PIXELS * 4) for _ in range(2))
    result = cl.Buffer(context, to_write, PIXELS)
    brightness = 0
    for number in range(PICTURES):
        for buffer in (dark, light):
            array = mapped(queue, buffer, cl.map_flags.WRITE, np.float32)
            array[:1024] = number / 10
            array.base.release(queue)
        blend(queue, (PIXELS // 64,), (256,), dark, light, result)
        picture = mapped(queue, result, cl.map_flags.READ, np.uint8)
        brightness += int(picture[0])
        picture.base.release(queue)
    print(f"{PICTURES} pictures, brightness {brightness}")


if __name__ == "__main__":
    main()
