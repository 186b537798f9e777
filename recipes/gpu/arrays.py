"""Arrays that live on the device

pyopencl.array looks like numpy: the temperatures of a year, in one array on
the device, are turned from Fahrenheit to Celsius, and their mean and the
number of frosty hours are asked for. Look at the lane of the queue: each
operator is a kernel that PyOpenCL wrote, compiled and launched, with the line
that it was launched from, and each one makes a new array on the device; look
at the memory of the context. Nothing comes back until `get` asks for it.

expect: nothing
"""

import numpy as np
import pyopencl as cl
import pyopencl.array as on_device

STATIONS, HOURS = 200, 8_760


def main():
    context = cl.create_some_context(interactive=False)
    queue = cl.CommandQueue(context)

    dice = np.random.default_rng(3)
    measured = dice.normal(50, 20, STATIONS * HOURS).astype(np.float32)

    fahrenheit = on_device.to_device(queue, measured)
    celsius = (fahrenheit - 32) / 1.8
    frosty = (celsius < 0).astype(np.float32)
    mean = on_device.sum(celsius).get() / celsius.size
    hours = on_device.sum(frosty).get()

    here = (measured - 32) / 1.8
    assert abs(mean - here.mean(dtype=np.float64)) < 0.01
    assert abs(hours - np.count_nonzero(here < 0)) < 10
    print(f"mean {mean:.1f} °C, {hours / STATIONS:.0f} hours of frost each")


if __name__ == "__main__":
    main()
