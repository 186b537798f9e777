"""One expression, one kernel

A picture is made lighter: brightness, contrast and a limit, three steps for
each of its dots. Written with arrays, each operator is a kernel of its own,
which reads the whole picture and writes a new one. An ElementwiseKernel is
given the expression as a line of C, and does all of it in one go. Look at the
lane of the queue: four kernels that are made of operators, then the one named
`lighter`; and at the memory of the context, which grows with each operator.

expect: nothing
"""

import numpy as np
import pyopencl as cl
import pyopencl.array as on_device
from pyopencl.elementwise import ElementwiseKernel

WIDTH, HEIGHT = 1_920, 1_080


def by_operators(dots):
    brighter = dots + 0.1
    stretched = (brighter - 0.5) * 1.3 + 0.5
    return on_device.minimum(stretched, on_device.zeros_like(dots) + 1)


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    lighter = ElementwiseKernel(
        context,
        "float *to, const float *from, float brightness, float contrast",
        "to[i] = fmin((from[i] + brightness - 0.5f) * contrast + 0.5f, 1.0f)",
        name="lighter",
    )

    picture = np.random.default_rng(4).random(WIDTH * HEIGHT, np.float32)
    dots = on_device.to_device(queue, picture)
    in_steps = by_operators(dots)
    at_once = on_device.empty_like(dots)
    lighter(at_once, dots, np.float32(0.1), np.float32(1.3))

    lightest = np.minimum((picture + 0.1 - 0.5) * 1.3 + 0.5, 1)
    assert np.allclose(in_steps.get(), lightest, atol=1e-5)
    assert np.allclose(at_once.get(), lightest, atol=1e-5)
    print(f"{WIDTH} × {HEIGHT} dots, {np.mean(lightest == 1):.0%} are white")


if __name__ == "__main__":
    main()
