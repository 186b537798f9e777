"""A kernel for two weeks

Five hundred cups of coffee cool down. The minutes are a loop inside of the
kernel now: one launch for all of them, after which the host has nothing to do
but to wait for the result. Look at the lane of the queue: one slice, and the
device is at work from its begin to its end.

expect: nothing
"""

import numpy as np
import pyopencl as cl

CUPS, MINUTES = 500, 20_000

SOURCE = """
__kernel void cool(__global float *cups, float room, float rate, int minutes)
{
    int i = get_global_id(0);
    float cup = cups[i];
    for (int minute = 0; minute < minutes; minute++)
        cup += rate * (room - cup);
    cups[i] = cup;
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    cool = cl.Kernel(cl.Program(context, SOURCE).build(), "cool")
    room, rate = np.float32(20), np.float32(0.0005)

    cups = np.linspace(60, 95, CUPS, dtype=np.float32)
    there = cl.Buffer(context, cl.mem_flags.READ_WRITE, cups.nbytes)
    cl.enqueue_copy(queue, there, cups)
    cool(queue, cups.shape, None, there, room, rate, np.int32(MINUTES))
    later = np.empty_like(cups)
    cl.enqueue_copy(queue, later, there)

    assert np.allclose(later, room, atol=0.1)
    print(f"after {MINUTES:,} minutes the hottest has {later.max():.3f} °C")


if __name__ == "__main__":
    main()
