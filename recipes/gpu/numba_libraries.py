"""What Numba brings along: atomic sums, and the reduction of many to one

A circle in a square, and darts thrown at it: the share that hits it is pi
divided by four. Each round copies its darts to the device and counts in two
ways: a kernel in which all threads add to one number, which only
cuda.atomic.add makes safe, and cuda.reduce over what a second kernel has said
of each dart. Look at the stream: a copy, two kernels and a copy back, a
round. Where there is no NVIDIA driver, Numba's simulator runs it: there the
reduction is the host's, and no kernel.

expect: nothing
"""

import ctypes
import os

import numpy as np

try:
    ctypes.CDLL("libcuda.so.1")
except OSError:  # no NVIDIA driver
    os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

from numba import cuda  # noqa: E402

DARTS = 32
ROUNDS = 3


@cuda.jit
def count(darts, hits):
    i = cuda.grid(1)
    if darts[0, i] ** 2 + darts[1, i] ** 2 <= 1:
        cuda.atomic.add(hits, 0, 1)


@cuda.jit
def judge(darts, verdicts):
    i = cuda.grid(1)
    verdicts[i] = darts[0, i] ** 2 + darts[1, i] ** 2 <= 1


@cuda.reduce
def add(a, b):
    return a + b


def main():
    throw = np.random.default_rng(seed=7).random
    hits = cuda.to_device(np.zeros(1, np.int64))
    verdicts = cuda.device_array(DARTS, np.int64)
    total = 0
    for _ in range(ROUNDS):
        darts = cuda.to_device(throw((2, DARTS)))
        count[2, DARTS // 2](darts, hits)
        judge[2, DARTS // 2](darts, verdicts)
        total += add(verdicts)
        print(f"{hits.copy_to_host()[0]} hits, and {total}")
    print(f"pi is about {4 * total / (ROUNDS * DARTS):.2f}")


if __name__ == "__main__":
    main()
