"""Two processes at one device

The Mandelbrot set is drawn by two processes, the upper half and the lower
half. Each has a context, a queue and a kernel of its own: nothing of it can be
handed to another process. But there is one device. Look at it: it stands once,
with the queues of both processes under it, and its lane tells how many
commands it runs at once, whoever gave them. The halves are mirror images, so
the two must find the same number of dots.

expect: nothing
"""

import multiprocessing

import numpy as np
import pyopencl as cl

WIDTH, ROWS, BAND = 600, 400, 50

SOURCE = """
__kernel void mandelbrot(__global int *inside, float first, float up)
{
    int x = get_global_id(0), y = get_global_id(1), w = get_global_size(0);
    float re = -2 + 2.6f * x / w, im = first + up * y, a = 0, b = 0;
    int n = 0;
    for (; n < 500 && a * a + b * b < 4; n++) {
        float next = a * a - b * b + re;
        b = 2 * a * b + im;
        a = next;
    }
    inside[y * w + x] = n == 500;
}
"""


def draw(up, drawn, together):
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    kernel = cl.Kernel(cl.Program(context, SOURCE).build(), "mandelbrot")
    band = np.empty((BAND, WIDTH), np.int32)
    there = cl.Buffer(context, cl.mem_flags.WRITE_ONLY, band.nbytes)
    together.wait()  # they start at the same time
    dots = 0
    for row in range(0, ROWS, BAND):
        first = np.float32(up * (row + 0.5))
        kernel(queue, (WIDTH, BAND), None, there, first, np.float32(up))
        cl.enqueue_copy(queue, band, there)
        dots += int(band.sum())
    drawn.put((up, dots))


def main():
    spawn = multiprocessing.get_context("spawn")
    drawn, together = spawn.SimpleQueue(), spawn.Barrier(2)
    up = {"upper half": 1.2 / ROWS, "lower half": -1.2 / ROWS}
    halves = [
        spawn.Process(target=draw, name=name, args=(up[name], drawn, together))
        for name in up
    ]
    for half in halves:
        half.start()
    dots = dict(drawn.get() for _ in halves)
    for half in halves:
        half.join()

    one, other = dots.values()
    assert one == other > 0
    print(f"each half has {one:,} dots of the set")


if __name__ == "__main__":
    main()
