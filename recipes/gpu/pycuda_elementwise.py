"""One kernel for a whole expression, with PyCUDA

The same sum of two scaled vectors, twice: by operations of GPUArray, each of
which is a kernel that reads and writes all numbers, and by one
ElementwiseKernel made for the expression. Look at the default stream: three
kernels a round, then one a round, which reads each number once.

needs: an NVIDIA GPU, the CUDA toolkit and PyCUDA

expect: nothing
"""

import sys

import numpy as np

NEEDS = "an NVIDIA GPU, the CUDA toolkit and PyCUDA"
try:
    import pycuda.autoinit  # noqa: F401
    from pycuda import gpuarray
    from pycuda.elementwise import ElementwiseKernel
except Exception as error:
    sys.exit(f"This recipe needs {NEEDS}: {error}")

NUMBERS = 1 << 20
ROUNDS = 5


def main():
    random = np.random.default_rng(1).random
    x, y = (gpuarray.to_gpu(random(NUMBERS, np.float32)) for _ in range(2))

    for _ in range(ROUNDS):
        by_operations = 5 * x + 6 * y

    mix = ElementwiseKernel(
        "float a, float *x, float b, float *y, float *z",
        "z[i] = a * x[i] + b * y[i]",
        "mix",
    )
    by_kernel = gpuarray.empty_like(x)
    for _ in range(ROUNDS):
        mix(5, x, 6, y, by_kernel)

    same = np.allclose(by_operations.get(), by_kernel.get())
    print(f"the same numbers: {same}")


if __name__ == "__main__":
    main()
