"""The memory of a device: a matrix product from afar and from near by

Two matrices are multiplied twice. The kernel `from_global` fetches each of its
numbers from the memory that all work items share, which on a GPU is far away.
In `from_tiles` a group of work items first brings a tile of 16 × 16 numbers
into memory of its own, near by, and each number that was brought is used 16
times. Look at the two kernels on the lane of the queue: how long, and with
which sizes. On a GPU the tiles win; a processor has caches that do the same
unasked, and there the barriers may well cost more than the tiles save.

expect: nothing
"""

import numpy as np
import pyopencl as cl

N, TILE = 320, 16

SOURCE = """
__kernel void from_global(__global const float *a, __global const float *b,
                          __global float *c, int n)
{
    int x = get_global_id(0), y = get_global_id(1);
    float sum = 0;
    for (int k = 0; k < n; k++)
        sum += a[y * n + k] * b[k * n + x];
    c[y * n + x] = sum;
}

__kernel void from_tiles(__global const float *a, __global const float *b,
                         __global float *c, int n)
{
    __local float near_a[TILE][TILE], near_b[TILE][TILE];
    int x = get_global_id(0), y = get_global_id(1);
    int i = get_local_id(0), j = get_local_id(1);
    float sum = 0;
    for (int from = 0; from < n; from += TILE) {
        near_a[j][i] = a[y * n + from + i];
        near_b[j][i] = b[(from + j) * n + x];
        barrier(CLK_LOCAL_MEM_FENCE);      /* the tiles are there */
        for (int k = 0; k < TILE; k++)
            sum += near_a[j][k] * near_b[k][i];
        barrier(CLK_LOCAL_MEM_FENCE);      /* nobody needs them any more */
    }
    c[y * n + x] = sum;
}
"""


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    program = cl.Program(context, SOURCE).build(options=[f"-DTILE={TILE}"])

    dice = np.random.default_rng(2)
    a, b = dice.random((2, N, N), dtype=np.float32)
    flags = cl.mem_flags
    given = flags.READ_ONLY | flags.COPY_HOST_PTR
    there = [cl.Buffer(context, given, hostbuf=matrix) for matrix in (a, b)]
    there.append(cl.Buffer(context, flags.WRITE_ONLY, a.nbytes))
    for name in "from_global", "from_tiles":
        kernel = cl.Kernel(program, name)
        for _ in range(3):
            kernel(queue, (N, N), (TILE, TILE), *there, np.int32(N))
        c = np.empty_like(a)
        cl.enqueue_copy(queue, c, there[2])
        assert np.allclose(c, a @ b, rtol=1e-4), name
        print(f"{name}: the sum of all numbers is {c.sum():.0f}")


if __name__ == "__main__":
    main()
