"""The whole pond for each drop

Eighty drops fall into a pond. For each the program sends the pond to the
device, has it stir the few places that the drop reaches, and fetches the pond
again. Look at the lane of the queue: long copies there and back, and between
them a kernel that is hardly to be seen. (Eighty times the same water goes to
and fro, and nobody looks at it before the last drop.)

expect: copy-bound
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
    copies = []  # an event that nobody keeps waits for its copy
    for left, top in places:
        go = cl.enqueue_copy(queue, there, pond, is_blocking=False)
        drop(queue, (REACH, REACH), None, there, np.int32(SIZE), left, top)
        back = cl.enqueue_copy(queue, pond, there, is_blocking=False)
        copies += [go, back]
    cl.wait_for_events(copies)

    assert np.count_nonzero(pond) > DROPS
    print(f"{DROPS} drops, the highest wave has {pond.max():.2f}")


if __name__ == "__main__":
    main()
