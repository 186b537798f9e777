"""Ranges that the program names, around the phases of its work

NVTX is the way of NVIDIA's tools to let a program say what it does: a range
has a name, and ranges lie within each other. It needs no GPU. Look at the
lane of calls below the main thread: each picture is a range, in it three
phases, and in each phase the calls that enqueue its commands, with an arrow
to what the device did. The ranges say what the time was for, the device's
lane what it was spent on.

expect: nothing
"""

import numpy as np
import nvtx
import pyopencl as cl

PICTURES = 3
SIDE = 512
SOURCE = """
kernel void blur(global const float *in, global float *out, int side) {
    int x = get_global_id(0), y = get_global_id(1);
    float sum = 0;
    int n = 0;
    for (int i = max(x - 4, 0); i <= min(x + 4, side - 1); i++)
        for (int j = max(y - 4, 0); j <= min(y + 4, side - 1); j++, n++)
            sum += in[j * side + i];
    out[y * side + x] = sum / n;
}
"""


class Darkroom:
    def __init__(self):
        self.context = cl.create_some_context(interactive=False)
        self.queue = cl.CommandQueue(self.context)
        program = cl.Program(self.context, SOURCE).build()
        self.kernel = cl.Kernel(program, "blur")
        size = SIDE * SIDE * 4
        flags = cl.mem_flags
        self.sharp = cl.Buffer(self.context, flags.READ_ONLY, size)
        self.soft = cl.Buffer(self.context, flags.WRITE_ONLY, size)

    @nvtx.annotate("picture", color="blue")
    def develop(self, picture):
        with nvtx.annotate("there"):
            cl.enqueue_copy(self.queue, self.sharp, picture)
        with nvtx.annotate("blur"):
            arguments = self.sharp, self.soft, np.int32(SIDE)
            self.kernel(self.queue, picture.shape, None, *arguments)
        with nvtx.annotate("back"):
            soft = np.empty_like(picture)
            cl.enqueue_copy(self.queue, soft, self.soft)
        return soft


def main():
    darkroom = Darkroom()
    random = np.random.default_rng(seed=1)
    for _ in range(PICTURES):
        picture = random.random((SIDE, SIDE), np.float32)
        soft = darkroom.develop(picture)
        print(f"contrast {picture.std():.3f}, then {soft.std():.3f}")


if __name__ == "__main__":
    main()
