"""Pictures that are copied to where they were

Two exposures at a time are made in arrays of NumPy, written into buffers of
the device, and blended there; the result is read into an array again, and the
calls wait until all is copied. This device is the processor: its memory is
where the arrays are, and nothing would have to be copied. On a GPU the same
lines copy twice, since such arrays are in pageable memory, which it cannot
reach by itself. Look at the queue's lane: more writes than kernels.

expect: pageable-copies
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


def main():
    context = cl.Context(cl.get_platforms()[0].get_devices()[:1])
    queue = cl.CommandQueue(context)
    blend = cl.Kernel(cl.Program(context, SOURCE).build(), "blend")
    exposures = [np.zeros(PIXELS, np.float32) for _ in range(2)]
    picture = np.zeros(PIXELS, np.uint8)
    flags = cl.mem_flags
    dark, light = (
        cl.Buffer(context, flags.READ_ONLY, array.nbytes)
        for array in exposures
    )
    result = cl.Buffer(context, flags.WRITE_ONLY, picture.nbytes)
    brightness = 0
    for number in range(PICTURES):
        for array, buffer in zip(exposures, (dark, light)):
            array[:1024] = number / 10
            cl.enqueue_copy(queue, buffer, array)
        blend(queue, (PIXELS // 64,), (256,), dark, light, result)
        cl.enqueue_copy(queue, picture, result)
        brightness += int(picture[0])
    print(f"{PICTURES} pictures, brightness {brightness}")


if __name__ == "__main__":
    main()
