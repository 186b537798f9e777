"""Arrays that live on the GPU, with PyCUDA

A GPUArray looks like an array of NumPy and lies on the GPU: what is
calculated with it is a kernel there, which PyCUDA writes and compiles by
itself. Look at the default stream: one write for each array, then kernels
only, one for each operation of the expression, and a read at the end. Results
in between never leave the GPU.

needs: an NVIDIA GPU, the CUDA toolkit and PyCUDA

expect: nothing
"""

import sys

import numpy as np

NEEDS = "an NVIDIA GPU, the CUDA toolkit and PyCUDA"
try:
    import pycuda.autoinit  # noqa: F401
    from pycuda import cumath, gpuarray
except Exception as error:
    sys.exit(f"This recipe needs {NEEDS}: {error}")

SAMPLES = 1 << 16
ROUNDS = 3


def main():
    time = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    there = gpuarray.to_gpu(time)
    wave = gpuarray.zeros_like(there)
    for harmonic in range(1, 2 * ROUNDS, 2):
        wave = wave + cumath.sin(there * harmonic * 40) / harmonic
    loudest = gpuarray.max(wave).get()
    here = wave.get()
    print(f"loudest {loudest:.3f}, and {here.max():.3f} as NumPy says")


if __name__ == "__main__":
    main()
