"""What PoCL says of when its commands began and ended, put on CLOCK_MONOTONIC by the program itself.

PoCL's device clock is CLOCK_MONOTONIC_RAW. That is not taken on trust: each command must have been queued between two readings of
it around the call, or this fails. Both clocks are read together after each command, the closest of many readings counts.
usage: opencl_clock.py COMMANDS
prints as JSON how far apart two such readings were at worst, in ns, and of each command the ns at which it began and ended
"""

import json
import sys
import time

import numpy as np
import pyopencl as cl

context = cl.create_some_context(interactive=False)
queue = cl.CommandQueue(context, properties=cl.command_queue_properties.PROFILING_ENABLE)
kernel = cl.Program(context, "__kernel void add(__global float *a) { a[get_global_id(0)] += 1; }").build().add
numbers = cl.Buffer(context, cl.mem_flags.COPY_HOST_PTR, hostbuf=np.zeros(4096, np.float32))


def raw():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


def apart():
    """How far CLOCK_MONOTONIC is before the other, and how close that was read."""
    readings = [(time.monotonic_ns(), raw(), time.monotonic_ns()) for _ in range(50)]
    before, between, after = min(readings, key=lambda r: r[2] - r[0])
    return (before + after) // 2 - between, (after - before) // 2


closest, commands = 0, []
for _ in range(int(sys.argv[1])):
    before = raw()
    event = kernel(queue, (4096,), None, numbers)
    after = raw()
    event.wait()
    if not before <= event.profile.queued <= after:
        sys.exit("PoCL's clock is not CLOCK_MONOTONIC_RAW")
    offset, off = apart()
    closest = max(closest, off)
    commands.append([event.profile.start + offset, event.profile.end + offset])
    time.sleep(0.002)
print(json.dumps({"off": closest, "commands": commands}), flush=True)
