"""A first program in PyCUDA

A matrix goes to the GPU, a kernel doubles each number of it there, and it
comes back. The kernel is written in CUDA C and compiled when the program
runs. Look at the default stream: a write, a kernel of one block with 5 × 5
threads, and a read, each with the line that asked for it. The thread waits
for the copies only: the kernel is launched, and the program goes on.

needs: an NVIDIA GPU, the CUDA toolkit and PyCUDA

expect: nothing
"""

import sys

import numpy as np

NEEDS = "an NVIDIA GPU, the CUDA toolkit and PyCUDA"
try:
    import pycuda.autoinit  # noqa: F401
    import pycuda.driver as cuda
    from pycuda.compiler import SourceModule
except Exception as error:
    sys.exit(f"This recipe needs {NEEDS}: {error}")

SIDE = 5
SOURCE = """
__global__ void twice(float *a) {
    int i = threadIdx.x + threadIdx.y * blockDim.x;
    a[i] *= 2;
}
"""


def main():
    matrix = np.random.default_rng(1).random((SIDE, SIDE), np.float32)
    there = cuda.mem_alloc(matrix.nbytes)
    cuda.memcpy_htod(there, matrix)
    twice = SourceModule(SOURCE).get_function("twice")
    twice(there, block=(SIDE, SIDE, 1), grid=(1, 1))
    doubled = np.empty_like(matrix)
    cuda.memcpy_dtoh(doubled, there)
    print(f"twice as much: {np.allclose(doubled, 2 * matrix)}")


if __name__ == "__main__":
    main()
