"""Two memories of a GPU: a matrix product by each, in PyCUDA

The first kernel reads each row and column from global memory, once for each
number of the product. The second one brings a tile of both matrices into
shared memory, which is close to the cores of a block, and waits there until
all threads of the block have brought theirs. Look at the two kernels in the
default stream: same grid, same block, same product; the second one should be
shorter.

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

SIDE = 512
TILE = 16
SOURCE = """
#define TILE 16
__global__ void by_global(float *a, float *b, float *c, int n) {
    int x = blockIdx.x * TILE + threadIdx.x;
    int y = blockIdx.y * TILE + threadIdx.y;
    float sum = 0;
    for (int k = 0; k < n; k++) sum += a[y * n + k] * b[k * n + x];
    c[y * n + x] = sum;
}
__global__ void by_shared(float *a, float *b, float *c, int n) {
    __shared__ float rows[TILE][TILE], columns[TILE][TILE];
    int i = threadIdx.x, j = threadIdx.y;
    int x = blockIdx.x * TILE + i, y = blockIdx.y * TILE + j;
    float sum = 0;
    for (int tile = 0; tile < n; tile += TILE) {
        rows[j][i] = a[y * n + tile + i];
        columns[j][i] = b[(tile + j) * n + x];
        __syncthreads();
        for (int k = 0; k < TILE; k++) sum += rows[j][k] * columns[k][i];
        __syncthreads();
    }
    c[y * n + x] = sum;
}
"""


def main():
    random = np.random.default_rng(1).random
    a, b = (random((SIDE, SIDE), np.float32) for _ in range(2))
    product = np.empty_like(a)
    module = SourceModule(SOURCE)
    sizes = {"block": (TILE, TILE, 1), "grid": (SIDE // TILE, SIDE // TILE)}
    for name in "by_global", "by_shared":
        matrices = cuda.In(a), cuda.In(b), cuda.Out(product)
        module.get_function(name)(*matrices, np.int32(SIDE), **sizes)
        print(f"{name}: {np.allclose(product, a @ b, rtol=1e-3)}")


if __name__ == "__main__":
    main()
