"""Kernels in Python, with Numba

Each kernel is a Python function that a grid of threads runs, one thread an
element. Where there is no NVIDIA driver, Numba's simulator runs them, which
the device's lane says by its name. Look at the default stream: the first
brightening copies its picture there and back around the kernel, and so does
the second. From then on the picture stays on the device: three kernels, one
copy back. The last kernel has a block share its rows in fast memory.

expect: nothing
"""

import ctypes
import os

import numpy as np

try:
    ctypes.CDLL("libcuda.so.1")
except OSError:  # no NVIDIA driver
    os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

from numba import cuda, float32  # noqa: E402

SIDE = 16
BLOCK = (8, 8)
GRID = (SIDE // BLOCK[0], SIDE // BLOCK[1])


@cuda.jit
def brighten(picture, by):
    x, y = cuda.grid(2)
    picture[x, y] += by


@cuda.jit
def blur(picture, blurred):
    """Each point becomes the mean of its row within the block."""
    rows = cuda.shared.array((8, 8), float32)
    x, y = cuda.grid(2)
    i, j = cuda.threadIdx.x, cuda.threadIdx.y
    rows[i, j] = picture[x, y]
    cuda.syncthreads()  # all of the block have brought theirs
    total = float32(0)
    for k in range(8):
        total += rows[i, k]
    blurred[x, y] = total / 8


def main():
    picture = np.ones((SIDE, SIDE), np.float32)
    for _ in range(2):
        brighten[GRID, BLOCK](picture, 1)

    there = cuda.to_device(picture)
    blurred = cuda.device_array_like(there)
    for _ in range(2):
        brighten[GRID, BLOCK](there, 1)
    blur[GRID, BLOCK](there, blurred)
    cuda.synchronize()
    print(f"brightness {blurred.copy_to_host().mean()}")


if __name__ == "__main__":
    main()
