"""MapReduce on a device

What did the shop take in today, and what was the dearest order? Each of a
million orders is mapped to its value, price × pieces, and the values are
reduced to one: by a sum, by a maximum. A ReductionKernel is given both as
lines of C. Look at the lane of the queue: each of the two questions takes a
few kernels. The first maps, and each group of work items reduces its share to
one value; the next one reduces what the groups have, until one is left.

expect: nothing
"""

import numpy as np
import pyopencl as cl
import pyopencl.array as on_device
from pyopencl.reduction import ReductionKernel

ORDERS = 2_000_000


def question(context, name, neutral, reduce_expr):
    return ReductionKernel(
        context,
        np.float32,
        neutral=neutral,
        reduce_expr=reduce_expr,
        map_expr="price[i] * pieces[i]",
        arguments="const float *price, const int *pieces",
        name=name,
    )


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    taken_in = question(context, "taken_in", "0", "a + b")
    dearest = question(context, "dearest", "0", "fmax(a, b)")

    dice = np.random.default_rng(5)
    price = dice.uniform(1, 50, ORDERS).astype(np.float32)
    pieces = dice.integers(1, 10, ORDERS, dtype=np.int32)
    there = [on_device.to_device(queue, column) for column in (price, pieces)]
    total = taken_in(*there)  # still on the device
    most = dearest(*there)

    value = price * pieces
    assert np.isclose(total.get(), value.sum(dtype=np.float64), rtol=1e-4)
    assert np.isclose(most.get(), value.max())
    print(f"{ORDERS:,} orders: {total.get():,.0f}, at most {most.get():.2f}")


if __name__ == "__main__":
    main()
