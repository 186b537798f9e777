"""A queue that may take what is ready

Three photographs are sharpened: `blur` and `edges` both need the photograph
only, `blend` needs what the two have made. The queue is out of order: a
command begins when the events in its `wait_for` are over, whatever stands
before it in the queue. Look at its lane: `blur` and `edges` run at the same
time, also those of different photographs, and each `blend` begins after its
own two. In an ordinary queue the nine would run one after the other.

expect: nothing
"""

import numpy as np
import pyopencl as cl

DOTS = 2**19

SOURCE = """
__kernel void blur(__global const float *from, __global float *to, int n)
{
    for (int i = get_global_id(0); i < n; i += get_global_size(0)) {
        float sum = 0;
        for (int k = -4; k <= 4; k++)
            sum += from[clamp(i + k, 0, n - 1)];
        to[i] = sum / 9;
    }
}

__kernel void edges(__global const float *from, __global float *to, int n)
{
    for (int i = get_global_id(0); i < n; i += get_global_size(0))
        to[i] = fabs(from[min(i + 1, n - 1)] - from[max(i - 1, 0)]);
}

__kernel void blend(__global const float *soft, __global const float *edge,
                    __global float *to, int n)
{
    for (int i = get_global_id(0); i < n; i += get_global_size(0))
        to[i] = soft[i] + edge[i] * sin(edge[i]);
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    any_order = cl.command_queue_properties.OUT_OF_ORDER_EXEC_MODE_ENABLE
    queue = cl.CommandQueue(context, properties=any_order)
    program = cl.Program(context, SOURCE).build()
    blur = cl.Kernel(program, "blur")
    edges = cl.Kernel(program, "edges")
    blend = cl.Kernel(program, "blend")
    n, group = np.int32(DOTS), ((64,), (64,))
    flags = cl.mem_flags
    given = flags.READ_ONLY | flags.COPY_HOST_PTR

    photos = np.random.default_rng(8).random((3, DOTS), np.float32)
    sharp = np.empty_like(photos)
    ready = []
    for photo, result in zip(photos, sharp):
        there = cl.Buffer(context, given, hostbuf=photo)
        soft, edge, out = (
            cl.Buffer(context, flags.READ_WRITE, photo.nbytes)
            for _ in range(3)
        )
        one = blur(queue, *group, there, soft, n)
        two = edges(queue, *group, there, edge, n)
        done = blend(queue, *group, soft, edge, out, n, wait_for=[one, two])
        ready.append((done, out, result))
    for done, out, result in ready:
        cl.enqueue_copy(queue, result, out, wait_for=[done])

    for photo, result in zip(photos, sharp):
        edge = np.abs(photo[2:] - photo[:-2])[3:-3]
        soft = np.convolve(photo, np.ones(9) / 9, "valid")
        assert np.allclose(result[4:-4], soft + edge * np.sin(edge), atol=1e-4)
    print(f"{len(photos)} photographs of {DOTS:,} dots are sharp")


if __name__ == "__main__":
    main()
