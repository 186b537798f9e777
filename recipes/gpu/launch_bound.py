"""A kernel a minute, for two weeks

Five hundred cups of coffee cool down. Each minute is a launch of a kernel so
small that it is over long before Python has launched the next one. Look at
the lane of the queue: thin lines, and nothing between them. On the lane of
the calls it is the other way round: one launch after the other, without a
gap. The device does not work, it waits for the host.

expect: launch-bound
"""

import numpy as np
import pyopencl as cl

CUPS, MINUTES = 500, 20_000

SOURCE = """
__kernel void cool(__global float *cups, float room, float rate)
{
    int i = get_global_id(0);
    cups[i] += rate * (room - cups[i]);
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
    for _ in range(MINUTES):
        cool(queue, cups.shape, None, there, room, rate)
    later = np.empty_like(cups)
    cl.enqueue_copy(queue, later, there)

    assert np.allclose(later, room, atol=0.1)
    print(f"after {MINUTES:,} minutes the hottest has {later.max():.3f} °C")


if __name__ == "__main__":
    main()
