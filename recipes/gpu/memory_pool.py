"""Memory of the device, taken and given back

A server of maps draws tiles, and needs memory on the device for each: now
more, now less. First it makes a buffer for every tile and gives it back after
it: look at the memory of the context, which goes up and down with each. Then
it takes buffers from a MemoryPool, which keeps what was given back for the
next one of about that size: the memory goes up a few times and stays, until
the pool is told to let go. Making memory costs time, most of all on a GPU.

expect: nothing
"""

import numpy as np
import pyopencl as cl
from pyopencl.tools import ImmediateAllocator, MemoryPool

TILES = 20

SOURCE = """
__kernel void draw(__global float *tile, float zoom, int n)
{
    for (int i = get_global_id(0); i < n; i += get_global_size(0))
        tile[i] = native_sin(zoom * i) * 0.5f + 0.5f;
}
"""


def serve(queue, draw, sizes, buffer_of):
    heights = []
    for number, dots in enumerate(sizes, 1):
        tile = buffer_of(4 * dots)
        draw(queue, (256,), (64,), tile, np.float32(1e-3), np.int32(dots))
        drawn = np.empty(dots, np.float32)
        cl.enqueue_copy(queue, drawn, tile)
        heights.append(drawn.mean())
        tile.release()  # to the device, or to the pool
    return heights


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    draw = cl.Kernel(cl.Program(context, SOURCE).build(), "draw")
    sizes = np.random.default_rng(10).integers(2**17, 2**20, TILES).tolist()

    def new_buffer(size):
        return cl.Buffer(context, cl.mem_flags.READ_WRITE, size)

    pool = MemoryPool(ImmediateAllocator(queue))
    one_each = serve(queue, draw, sizes, new_buffer)
    pooled = serve(queue, draw, sizes, pool.allocate)

    assert one_each == pooled and 0.4 < np.mean(pooled) < 0.6
    held = pool.managed_bytes
    pool.stop_holding()
    print(f"{sum(sizes) * 4 >> 20} MiB were drawn in {held >> 20} MiB")


if __name__ == "__main__":
    main()
