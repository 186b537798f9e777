"""Copy, compute, copy: one after the other

A riff of four pieces, recorded in stereo, is played ten times through an
amplifier on the device: a write brings a piece there, the kernel `amplify`
mixes and distorts it, a read fetches what it sounds like. There is one queue,
which does one thing at a time; the host enqueues all of it and waits once.
Look at the lanes of the queue and of the device: while a piece is copied the
device computes nothing, and while it computes nothing is copied.

expect: serial-streams
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


def copy(queue, to, origin):
    return cl.enqueue_copy(queue, to, origin, is_blocking=False)


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)
    program = cl.Program(context, f"#define SAMPLES {SAMPLES}" + SOURCE)
    amplify = cl.Kernel(program.build(), "amplify")

    dice = np.random.default_rng(6)
    riff = dice.random((RIFF, SAMPLES, 2), dtype=np.float32)
    loud = np.empty((RIFF, SAMPLES), np.float32)
    access = cl.mem_flags.READ_WRITE
    stereo = cl.Buffer(context, access, riff[0].nbytes)
    mono = cl.Buffer(context, access, loud[0].nbytes)
    amplify(queue, (64,), (64,), stereo, mono)  # the first time: compiled
    queue.finish()

    copies = []  # a copy whose event nobody keeps is waited for
    for number in range(RIFF * TIMES):
        piece = number % RIFF
        copies.append(copy(queue, stereo, riff[piece]))
        amplify(queue, (64,), (64,), stereo, mono)
        copies.append(copy(queue, loud[piece], mono))
    queue.finish()

    expected = 10 * riff[:, ::999].sum(axis=2)
    for _ in range(2):
        expected /= np.sqrt(1 + expected**2)
    expected /= 1 + expected
    assert np.allclose(loud[:, ::999], expected, 1e-4)
    print(f"{RIFF * TIMES} pieces of sound, up to {loud.max():.3f}")


if __name__ == "__main__":
    main()
