"""Short questions behind long kernels

A simulation fills one command queue with long kernels, while somebody asks
short questions on another queue and waits for each answer. A kernel takes a
tenth of a millisecond to answer, but the device does not put aside what it
has begun: each question waits until the long kernel is over. Look at the lane
of `questions`: hardly anything in it, and the host waits for it all the time.

expect: starved-stream
"""

import time

import numpy as np
import pyopencl as cl

QUESTIONS = 6
STEPS = 8
CELLS = 512  # of each compute unit
ROUNDS = 120_000

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
    for _ in range(STEPS):
        simulate(queue, (count,), (64,), cells, np.int32(ROUNDS))
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
