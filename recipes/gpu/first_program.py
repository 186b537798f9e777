"""A first program for a device

Two lists of prices are added up by a device: a GPU, or with PoCL the processor
as one. A context holds the device's memory, a queue is where it is told what
to do. Look at the lane of the queue: two writes bring the numbers there, the
kernel `add` adds them, a read brings the sums back. An arrow leads to each
from the call that asked for it. That call returns at once, and the program
goes on; only the read makes it wait, until the sums are there.

expect: nothing
"""

import numpy as np
import pyopencl as cl

PRICES = 2_000_000

SOURCE = """
__kernel void add(__global const float *net, __global const float *tax,
                  __global float *gross)
{
    int i = get_global_id(0);       /* each work item adds one pair */
    gross[i] = net[i] + tax[i];
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    add = cl.Kernel(cl.Program(context, SOURCE).build(), "add")

    dice = np.random.default_rng(1)
    net = dice.uniform(1, 100, PRICES).astype(np.float32)
    tax = net * np.float32(0.2)
    gross = np.empty_like(net)

    flags = cl.mem_flags
    there = [
        cl.Buffer(context, access, net.nbytes)
        for access in (flags.READ_ONLY, flags.READ_ONLY, flags.WRITE_ONLY)
    ]
    copies = [
        cl.enqueue_copy(queue, to, column, is_blocking=False)
        for to, column in zip(there, (net, tax))
    ]
    add(queue, net.shape, None, *there)
    cl.enqueue_copy(queue, gross, there[2])  # waits

    assert np.array_equal(gross, net + tax)
    print(f"{PRICES:,} prices, the last one {gross[-1]:.2f}")


if __name__ == "__main__":
    main()
