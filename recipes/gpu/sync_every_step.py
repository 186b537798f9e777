"""A step, a wait, a step

A rod is heated at one end, and the heat spreads in four thousand small steps.
After each of them the program waits until the device is done, though nobody
looks at the rod before the last. Look at the lanes: the device stands idle
from the end of each step until the host has heard of it, has launched the next
one, and that has come to the device. The queue would have kept the order.

expect: sync-too-often
"""

import numpy as np
import pyopencl as cl

POINTS, STEPS = 2**15, 4000

SOURCE = """
__kernel void spread(__global const float *now, __global float *next)
{
    int i = get_global_id(0), last = get_global_size(0) - 1;
    if (i == 0 || i == last)
        next[i] = now[i];           /* the ends keep their heat */
    else
        next[i] = now[i] + 0.4f * (now[i - 1] - 2 * now[i] + now[i + 1]);
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    spread = cl.Kernel(cl.Program(context, SOURCE).build(), "spread")

    rod = np.zeros(POINTS, np.float32)
    rod[0] = 1000
    access = cl.mem_flags.READ_WRITE
    now, then = (cl.Buffer(context, access, rod.nbytes) for _ in range(2))
    cl.enqueue_copy(queue, now, rod)
    for _ in range(STEPS):
        spread(queue, rod.shape, None, now, then)
        queue.finish()
        now, then = then, now
    cl.enqueue_copy(queue, rod, now)

    assert np.all(np.diff(rod[:100]) < 0)
    print(f"{np.count_nonzero(rod > 1)} points are warm")


if __name__ == "__main__":
    main()
