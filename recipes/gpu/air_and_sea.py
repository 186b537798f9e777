"""Two queues that need each other's steps

A model of the weather: the air is computed on one queue, the sea on another,
twelve steps each. A step of the air needs the sea as it was a step before, and
the other way round; within one queue the order is a matter of course, but from
queue to queue it has to be said, by an event in `wait_for`. Look at the arrows
between the queues: they cross at each step, and neither is ever more than one
step ahead. The host has told all of it long before, and waits for the end.

expect: nothing
"""

import numpy as np
import pyopencl as cl

PLACES, STEPS = 2**20, 12

SOURCE = """
__kernel void meet(__global const float4 *mine, __global const float4 *other,
                   __global float4 *next, float pull, int n)
{
    int each = n / get_global_size(0), first = get_global_id(0) * each;
    for (int i = first; i < first + each; i++)
        next[i] = mine[i] + pull * tanh(other[i] - mine[i]);
}
"""
PULL = {"air": np.float32(0.30), "sea": np.float32(0.02)}


def expected(state):
    for _ in range(STEPS):
        gap = np.tanh(state["sea"] - state["air"])
        state = {
            "air": state["air"] + PULL["air"] * gap,
            "sea": state["sea"] - PULL["sea"] * gap,
        }
    return state


def main():
    context = cl.create_some_context(interactive=False)
    air, sea = cl.CommandQueue(context), cl.CommandQueue(context)
    program = cl.Program(context, SOURCE).build()
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR

    dice = np.random.default_rng(7)
    start, there, meet = {}, {}, {}
    for name in PULL:
        start[name] = dice.normal(12, 2, PLACES).astype(np.float32)
        there[name] = [
            cl.Buffer(context, flags, hostbuf=start[name]) for _ in range(2)
        ]
        meet[name] = cl.Kernel(program, "meet")

    last = {"air": [], "sea": []}
    for number in range(STEPS):
        now, then = number % 2, (number + 1) % 2
        done = {}
        for queue, mine, other in (air, "air", "sea"), (sea, "sea", "air"):
            buffers = there[mine][now], there[other][now], there[mine][then]
            done[mine] = meet[mine](
                queue, (64,), (64,), *buffers, PULL[mine],
                np.int32(PLACES // 4), wait_for=last[other],
            )
            queue.flush()
        last = {name: [event] for name, event in done.items()}

    for queue, name in (air, "air"), (sea, "sea"):
        end = np.empty_like(start[name])
        cl.enqueue_copy(queue, end, there[name][STEPS % 2])
        assert np.allclose(end, expected(start)[name], atol=1e-3)
        print(f"{name}: {start[name].std():.2f} became {end.std():.2f}")


if __name__ == "__main__":
    main()
