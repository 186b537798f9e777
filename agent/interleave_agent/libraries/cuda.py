"""CUDA on NVIDIA GPUs: the core hears from CUPTI what programs ask of the device and what it did (agent/core/cuda).

Here is what Python knows: where CUPTI lies, in which folders a library's code is, of which a launch is passed over on the way to
the program's line and which gives the GIL away, and when the program wants CUPTI for itself.
"""

import glob
import os
import sys

# of those that are imported: code in them is the library's
packages = (
    'cuda', 'cupy', 'cupy_backends', 'jax', 'jaxlib', 'jax_plugins', 'jax_cuda12_plugin', 'jax_cuda13_plugin', 'numba', 'numba_cuda',
    'pycuda', 'pytools', 'torch', 'triton',
)  # fmt: skip
known = set()  # folders
found = []  # by each look for CUPTI: its file or None


def hook(module, core):
    """Of modules that are imported before their library can have used the driver, and of those that have loaded its code."""
    if not driver():
        return  # no CUDA, and nothing to say of it
    prepare(core)
    for folder in (folder for package in packages for folder in folders(package)):
        if folder not in known:
            known.add(folder)
            core.library(folder)
        core.away_under(folder)
    if 'ctypes' in sys.modules and module.__name__.startswith('numba.'):  # its older versions call the driver by that
        core.library(os.path.dirname(sys.modules['ctypes'].__file__))
        core.away_under(getattr(sys.modules['_ctypes'], '__file__', '/'))
    if module.__name__ == 'torch.autograd.profiler' and hasattr(module, '_prepare_profiler'):
        core.around(module, '_prepare_profiler', lambda *args, **kwargs: core.cuda_leave('torch.profiler'), None)


def prepare(core):
    if any(found):
        return
    path = find()  # again, until a library that is imported meanwhile has brought it
    if path:
        core.cuda_prepare(path)
    elif not found:
        core.say('note', {'text': f'What CUDA does on the device is not recorded: {lack}.'})
    found.append(path)


lack = 'CUPTI is not there: install the package nvidia-cuda-cupti (CUDA 12: nvidia-cuda-cupti-cu12)'


def driver():
    try:
        __import__('_ctypes').dlopen('libcuda.so.1', 0)
        return True
    except (ImportError, OSError):
        return False


def folders(package):
    return map(os.path.abspath, getattr(sys.modules.get(package), '__path__', ()))


def find():
    """The file of CUPTI: the one that this process has, of a package, or of the toolkit; None = there is none."""
    return next(filter(os.path.exists, candidates()), None)


def candidates():
    with open('/proc/self/maps') as maps:
        for line in maps:
            if '/libcupti.so' in line:
                yield line[line.index('/') :].rstrip('\n')
    for folder in sys.path:
        yield from sorted(glob.glob(os.path.join(glob.escape(folder), 'nvidia', '*', 'lib', 'libcupti.so*')), reverse=True)
    for home in (os.environ.get('CUDA_HOME'), os.environ.get('CUDA_PATH'), '/usr/local/cuda'):
        for below in ('extras/CUPTI/lib64', 'lib64'):
            yield os.path.join(home or '/', below, 'libcupti.so')
