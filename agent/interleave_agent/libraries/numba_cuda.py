"""Numba's CUDA simulator (NUMBA_ENABLE_CUDASIM=1): kernels in Python, run by threads of the host, within the call that launches them.

   add[2, 64](a, b)     write(a) write(b) ─→ kernel: block 0, block 1 … ─→ read(a) read(b)     arrays of NumPy are copied there and back
   its stream           ▇▇▇      ▇▇▇         ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇       ▇▇▇     ▇▇▇

In come the simulator's modules, out go a device that says it is none, its streams, and their commands with the host's times.
A kernel is told when its first block begins, for only then are its arguments copied; it is over with its last block.
synchronize() and events do nothing here, so nothing is told of them. Nor is any order kept between streams, or in one between threads.
The simulator has a thread for each of CUDA's: those are its own.
"""

import os
import sys
import threading
import weakref

from .. import wire

clock = (
    'The simulator of Numba runs kernels in threads of the host, within the call that launches them: its times are those of '
    "the host's clock, and say nothing about a GPU."
)
here = threading.local()  # .launch: of the kernel that this thread is calling
streams = weakref.WeakKeyDictionary()  # the program's → Stream
kernels = weakref.WeakKeyDictionary()  # → the stream that the program gave with the last grid and block


class Simulator:
    """The one device of this process; made when something is asked of it."""

    def __init__(self, core):
        self.core = core
        self.device = core.make(wire.OBJ_DEVICE, name='CUDA simulator of Numba', site=0)
        version = sys.modules['numba'].__version__
        about = {'type': 'simulator', 'vendor': 'Numba', 'driver': f'Numba {version}', 'clock': clock, 'uncertainty': 0}
        core.say('device', {'object': self.device, **about})
        self.context = core.make(wire.OBJ_CONTEXT, capacity=self.device, name='memory of the simulator', site=0)
        self.default = None
        self.arrays = {}  # id of a weak reference to what holds the memory of an array → that, bytes

    def stream(self, of):
        """Of what the program gave: 0 is the default one."""
        found = streams.get(of) if of else self.default
        if found is None:
            found = Stream(self, {} if of else {'name': 'default stream', 'site': 0})
            if of:
                streams[of] = found
            else:
                self.default = found
        return found

    def allocated(self, array):
        memory = array._ary
        while getattr(memory, 'base', None) is not None:
            memory = memory.base
        held, size = weakref.ref(memory, self.freed), array.nbytes
        self.arrays[id(held)] = held, size
        self.core.tell(wire.EV_ALLOCATE, self.context, size >> 32, size & 0xFFFFFFFF)

    def freed(self, held, event=wire.EV_FREE, id=id):
        """Also while the interpreter ends, when names of modules are gone."""
        _, size = self.arrays.pop(id(held))
        self.core.tell(event, self.context, size >> 32, size & 0xFFFFFFFF, site=0)


class Stream:
    def __init__(self, simulator, about):
        self.core, self.commands = simulator.core, 0
        self.serial = self.core.make(wire.OBJ_STREAM, capacity=simulator.device, **about)
        self.core.say('stream', {'object': self.serial, 'context': simulator.context, 'inOrder': False})

    def begins(self, operation, arg):
        self.commands += 1
        number = self.commands
        self.core.tell(wire.EV_ENQUEUE, self.serial, number, arg, operation)
        return self, number, self.core.now()

    def ended(self, number, since, until, error=None):
        """The call that ran it is over, or goes on with something else."""
        self.core.reached(self.serial, number, wire.STAGE_STARTED, since)
        self.core.reached(self.serial, number, wire.STAGE_ENDED, until, error is not None)
        self.core.reached(self.serial, number, wire.STAGE_RETURNED, until)


class Launch:
    """A call of a kernel. Its blocks run one after the other."""

    def __init__(self, kernel):
        self.kernel, self.begun, self.until, self.error = kernel, None, 0, None

    def over(self):
        if self.begun:
            stream, number, since = self.begun
            stream.ended(number, since, self.until, self.error)
            self.begun = None


def simulator(core):
    if not simulators:
        simulators.append(Simulator(core))
    return simulators[0]


simulators = []


def hook(module, core):
    name = module.__name__.rpartition('.')[2]
    if name == 'devicearray':
        core.library(os.path.dirname(os.path.dirname(os.path.dirname(module.__file__))))  # numba.cuda
        hook_arrays(module, core)
    elif name == 'kernel':
        core.own_threads(module.BlockThread)
        hook_kernels(module, core)
    else:
        core.around(module.stream, '__init__', lambda stream, *args: stream, lambda stream, *_: simulator(core).stream(stream))


# ── copies and memory ────────────────────────────────────────────────────────────────────────────────────────────────────
def hook_arrays(module, core):
    def copies(operation, stream, size):
        launch = getattr(here, 'launch', None)
        if launch:
            launch.over()  # what comes after its blocks is copied back
        return simulator(core).stream(stream).begins(operation, size)

    def copied(token, answer, error):
        stream, number, since = token
        stream.ended(number, since, core.now(), error)

    def to_device(ary, stream=0, copy=True, to=None):
        if to is None:
            return copies(wire.COMMAND_WRITE, stream, getattr(ary, 'nbytes', 0)) if copy else (None, 0, 0)

    def is_there(token, answer, error):
        if token[0]:
            copied(token, answer, error)
        if error is None:
            simulator(core).allocated(answer)

    def to_host(array, ary=None, stream=0):
        return copies(wire.COMMAND_READ, stream, array.nbytes)

    def from_any(array, ary, stream=0):
        within = isinstance(ary, module.FakeCUDAArray)
        return copies(wire.COMMAND_COPY if within else wire.COMMAND_WRITE, stream, array.nbytes)

    def made(_, array, error):
        if error is None:
            simulator(core).allocated(array)

    core.around(module, 'to_device', to_device, is_there)
    core.around(module, 'device_array', lambda *args, **kwargs: True, made)
    core.around(module.FakeCUDAArray, 'copy_to_host', to_host, copied)
    core.around(module.FakeCUDAArray, 'copy_to_device', from_any, copied)


# ── kernels ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def hook_kernels(module, core):
    def configured(kernel, configuration):
        kernels[kernel] = configuration[2] if isinstance(configuration, tuple) and len(configuration) > 2 else 0

    def launches(kernel, *args):
        if kernel._device:
            return None  # a function of a kernel, called in one
        here.launch = Launch(kernel)
        return here.launch

    def launched(launch, answer, error):
        here.launch = None
        launch.over()

    def runs_block(block, *args):
        launch = here.launch
        if not launch.begun:
            kernel = launch.kernel
            whole = tuple(grid * threads for grid, threads in zip(block._grid_dim, block._block_dim))
            work = core.work(kernel.fn.__name__, sized(whole), sized(block._block_dim))
            launch.begun = simulator(core).stream(kernels.get(kernel, 0)).begins(wire.COMMAND_KERNEL, work)
        return launch

    def ran_block(launch, answer, error):
        launch.until, launch.error = core.now(), error

    core.around(module.FakeCUDAKernel, '__getitem__', configured)
    core.around(module.FakeCUDAKernel, '__call__', launches, launched)
    core.around(module.BlockManager, 'run', runs_block, ran_block)


def sized(numbers):
    """(64, 1, 1) has one dimension, as its author wrote it."""
    numbers = tuple(int(n) for n in numbers)
    while len(numbers) > 1 and numbers[-1] == 1:
        numbers = numbers[:-1]
    return numbers
