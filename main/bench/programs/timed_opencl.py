"""Launches of an empty kernel or a matrix product, timed by the program itself from the first to when the device is done.
usage: timed_opencl.py launches|product OPERATIONS TIMES
prints the nanoseconds it took, by the wall and of processor time; done several times, the middle one
"""

import sys
import time

import numpy as np
import pyopencl as cl

SOURCE = """
__kernel void empty(void) {}
__kernel void product(int n, __global const float *a, __global const float *b, __global float *c) {
    int row = get_global_id(1) * 4, column = get_global_id(0);
    float8 sum[4] = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) {
        float8 right = vload8(column, b + i * n);
        for (int r = 0; r < 4; r++)
            sum[r] += a[(row + r) * n + i] * right;
    }
    for (int r = 0; r < 4; r++)
        vstore8(sum[r], column, c + (row + r) * n);
}
"""
context = cl.create_some_context(interactive=False)
queue = cl.CommandQueue(context)
program = cl.Program(context, SOURCE).build()


def launches():
    kernel = program.empty
    return lambda: kernel(queue, (1,), None)


def product(n=1024):
    kernel, flags = program.product, cl.mem_flags.COPY_HOST_PTR
    a, b, c = (cl.Buffer(context, flags, hostbuf=np.ones((n, n), np.float32)) for _ in range(3))
    return lambda: kernel(queue, (n // 8, n // 4), (16, 1), np.int32(n), a, b, c)


launch = {"launches": launches, "product": product}[sys.argv[1]]()
operations = int(sys.argv[2])
for _ in range(operations // 20 + 1):  # it is compiled, and its threads are there
    launch()
queue.finish()


def once():
    begun, used = time.perf_counter_ns(), time.process_time_ns()
    for _ in range(operations):
        launch()
    queue.finish()
    return time.perf_counter_ns() - begun, time.process_time_ns() - used


rounds = [once() for _ in range(int(sys.argv[3]))]
print(*(sorted(taken)[len(taken) // 2] for taken in zip(*rounds)), flush=True)
