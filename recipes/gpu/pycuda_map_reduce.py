"""Map and reduce on the GPU, with PyCUDA

A ReductionKernel maps each pair of numbers to their product and reduces all
products to one sum: the dot product of two vectors. Look at the default
stream: each sum is two kernels, one that leaves a number for each block and
one that sums those up, and a read of four bytes, for which the thread waits.

needs: an NVIDIA GPU, the CUDA toolkit and PyCUDA

expect: nothing
"""

import sys

import numpy as np

NEEDS = "an NVIDIA GPU, the CUDA toolkit and PyCUDA"
try:
    import pycuda.autoinit  # noqa: F401
    from pycuda import gpuarray
    from pycuda.reduction import ReductionKernel
except Exception as error:
    sys.exit(f"This recipe needs {NEEDS}: {error}")

NUMBERS = 1 << 20
SUMS = 4


def main():
    dot = ReductionKernel(
        np.float32,
        neutral="0",
        reduce_expr="a + b",
        map_expr="x[i] * y[i]",
        arguments="float *x, float *y",
    )
    random = np.random.default_rng(1).random
    for _ in range(SUMS):
        x, y = (random(NUMBERS, np.float32) for _ in range(2))
        there = dot(gpuarray.to_gpu(x), gpuarray.to_gpu(y)).get()
        print(f"{there:.0f} there, {x @ y:.0f} here")


if __name__ == "__main__":
    main()
