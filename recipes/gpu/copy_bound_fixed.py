"""The pond stays where it is

Eighty drops fall into a pond. The pond is sent to the device once and stays
there; each drop is a kernel that stirs the few places that it reaches, and
after the last one the pond is fetched. Look at the lane of the queue: a copy
there, the drops, a copy back.

expect: nothing
"""

import numpy as np
import pyopencl as cl

SIZE, DROPS, REACH = 2048, 80, 64

SOURCE = """
__kernel void drop(__global float *pond, int size, int left, int top)
{
    int x = get_global_id(0), y = get_global_id(1), r = get_global_size(0) / 2;
    float far = hypot((float)(x - r), (float)(y - r)) / r;
    if (far < 1)
        pond[(top + y) * size + left + x] += cos(9 * far) * (1 - far);
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    drop = cl.Kernel(cl.Program(context, SOURCE).build(), "drop")

    dice = np.random.default_rng(3)
    places = dice.integers(0, SIZE - REACH, (DROPS, 2), dtype=np.int32)
    pond = np.zeros((SIZE, SIZE), np.float32)
    there = cl.Buffer(context, cl.mem_flags.READ_WRITE, pond.nbytes)
    go = cl.enqueue_copy(queue, there, pond, is_blocking=False)
    for left, top in places:
        drop(queue, (REACH, REACH), None, there, np.int32(SIZE), left, top)
    back = cl.enqueue_copy(queue, pond, there, is_blocking=False)
    cl.wait_for_events([go, back])

    assert np.count_nonzero(pond) > DROPS
    print(f"{DROPS} drops, the highest wave has {pond.max():.2f}")


if __name__ == "__main__":
    main()
