"""Copy, compute, copy, repaired: two queues and two buffers

The same riff, with a queue that only copies and one that only computes, and
two buffers for each way. While the kernel works on one piece, the next one is
written into the other buffer and the last one is read. Events keep the order:
a kernel waits for its write, a read for its kernel, a write for the kernel
that still needs the buffer. Look at the arrows between the two queues, and at
the lane of the device: two commands at a time. (The kernel is one group of
work items, for which PoCL takes one core: the other core does the copying.)

expect: nothing
"""

import numpy as np
import pyopencl as cl

RIFF, TIMES, SAMPLES = 4, 10, 2**22

SOURCE = """
__kernel void amplify(__global const float8 *stereo, __global float4 *mono)
{
    int each = SAMPLES / 4 / get_global_size(0);
    int first = get_global_id(0) * each;
    for (int i = first; i < first + each; i++) {
        float4 sound = 10 * (stereo[i].even + stereo[i].odd);
        sound = sound / sqrt(1 + sound * sound);
        sound = sound / sqrt(1 + sound * sound);
        mono[i] = sound / (1 + fabs(sound));
    }
}
"""


def copy(queue, to, origin, after):
    how = {"is_blocking": False, "wait_for": after}
    event = cl.enqueue_copy(queue, to, origin, **how)
    queue.flush()  # who waits for it is in another queue
    return event


def main():
    context = cl.create_some_context(interactive=False)
    copying = cl.CommandQueue(context)
    computing = cl.CommandQueue(context)
    program = cl.Program(context, f"#define SAMPLES {SAMPLES}" + SOURCE)
    amplify = cl.Kernel(program.build(), "amplify")

    dice = np.random.default_rng(6)
    riff = dice.random((RIFF, SAMPLES, 2), dtype=np.float32)
    loud = np.empty((RIFF, SAMPLES), np.float32)
    access = cl.mem_flags.READ_WRITE
    stereo = [cl.Buffer(context, access, riff[0].nbytes) for _ in "ab"]
    mono = [cl.Buffer(context, access, loud[0].nbytes) for _ in "ab"]
    for buffers in zip(stereo, mono):  # the first time: compiled
        amplify(computing, (64,), (64,), *buffers)
    computing.finish()

    kernels, reads = [], []
    writes = [copy(copying, stereo[0], riff[0], [])]
    for number in range(RIFF * TIMES):
        piece, now = number % RIFF, number % 2
        work = computing, (64,), (64,), stereo[now], mono[now]
        kernels.append(amplify(*work, wait_for=writes[-1:]))
        computing.flush()
        if number + 1 < RIFF * TIMES:
            to, coming = stereo[1 - now], riff[(number + 1) % RIFF]
            writes.append(copy(copying, to, coming, kernels[-2:-1]))
        reads.append(copy(copying, loud[piece], mono[now], kernels[-1:]))
    copying.finish()

    expected = 10 * riff[:, ::999].sum(axis=2)
    for _ in range(2):
        expected /= np.sqrt(1 + expected**2)
    expected /= 1 + expected
    assert np.allclose(loud[:, ::999], expected, 1e-4)
    print(f"{RIFF * TIMES} pieces of sound, up to {loud.max():.3f}")


if __name__ == "__main__":
    main()
