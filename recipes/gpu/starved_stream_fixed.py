"""Short questions between short kernels

A simulation fills one command queue with kernels, while somebody asks short
questions on another queue and waits for each answer. Each step of the
simulation is many small kernels now, so that a question gets its turn after
the one that runs: the same work, and answers that come at once. Look at the
lane of `questions`: the host waits for a moment only.

expect: nothing
"""

import time

import numpy as np
import pyopencl as cl

QUESTIONS = 6
STEPS = 8
CELLS = 512  # of each compute unit
ROUNDS = 120_000
PIECES = 300

SOURCE = """
__kernel void simulate(__global float *cells, int rounds)
{
    int i = get_global_id(0);
    float value = cells[i];
    for (int round = 0; round < rounds; round++)
        value = value * 0.999f + 0.0005f;
    cells[i] = value;
}
__kernel void ask(__global const float *cells, __global float *answer)
{
    int i = get_global_id(0);
    answer[i] = cells[i] * 0.5f;
}
"""


def start_simulation(queue, simulate, cells, count):
    for _ in range(STEPS * PIECES):
        simulate(queue, (count,), (64,), cells, np.int32(ROUNDS // PIECES))
    queue.flush()


def question(queue, ask, cells, answer):
    ask(queue, (64,), (64,), cells, answer)
    queue.finish()


def main():
    device = cl.get_platforms()[0].get_devices()[0]
    context = cl.Context([device])
    program = cl.Program(context, SOURCE).build()
    simulate = cl.Kernel(program, "simulate")
    ask = cl.Kernel(program, "ask")
    simulation = cl.CommandQueue(context)
    questions = cl.CommandQueue(context)
    count = CELLS * device.max_compute_units
    size = count * np.dtype(np.float32).itemsize
    flags = cl.mem_flags.READ_WRITE
    cells = cl.Buffer(context, flags, size)
    answer = cl.Buffer(context, flags, size)
    cl.enqueue_fill_buffer(simulation, cells, np.float32(1), 0, size).wait()
    question(questions, ask, cells, answer)
    start_simulation(simulation, simulate, cells, count)
    for _ in range(QUESTIONS):
        time.sleep(0.02)
        question(questions, ask, cells, answer)
    simulation.finish()
    print(f"{QUESTIONS} questions were answered during {STEPS} steps")


if __name__ == "__main__":
    main()
