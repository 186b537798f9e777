"""Two queues side by side

Two telescopes look at the same star, and each has a command queue of its own,
so that their frames can be cleaned side by side: the kernel is so small that
one compute unit runs it. The program enqueues all frames of both and waits
once, at the end: the same work in half the time. Look at the two queues'
lanes: their kernels lie above each other now.

expect: nothing
"""

import numpy as np
import pyopencl as cl

FRAMES = 12
PIXELS = 64
ROUNDS = 8_000

SOURCE = """
__kernel void clean(__global float *pixels, int rounds)
{
    int i = get_global_id(0);
    float value = pixels[i];
    for (int round = 0; round < rounds; round++)
        value = value * 0.999f + 0.001f * sin(value);
    pixels[i] = value;
}
"""


class Telescope:
    def __init__(self, context, program):
        self.queue = cl.CommandQueue(context)
        self.kernel = cl.Kernel(program, "clean")
        size = PIXELS * np.dtype(np.float32).itemsize
        self.frame = cl.Buffer(context, cl.mem_flags.READ_WRITE, size)
        cl.enqueue_fill_buffer(self.queue, self.frame, np.float32(1), 0, size)
        self.queue.finish()

    def clean(self):
        one_group = (PIXELS,), (PIXELS,)
        self.kernel(self.queue, *one_group, self.frame, np.int32(ROUNDS))


def main():
    context = cl.Context(cl.get_platforms()[0].get_devices()[:1])
    program = cl.Program(context, SOURCE).build()
    left = Telescope(context, program)
    right = Telescope(context, program)
    for _ in range(FRAMES):
        left.clean()
        right.clean()
    left.queue.finish()
    right.queue.finish()
    print(f"{FRAMES} frames of each telescope are clean")


if __name__ == "__main__":
    main()
