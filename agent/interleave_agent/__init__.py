"""The Python side of the agent: loads the C core, which records, and says when a library's module has been imported.

It runs before the program in every process, so it imports nothing that the interpreter has not imported already.
"""

import atexit
import os
import sys

from . import on_import, wire

# module → the file in libraries/ whose hook(module, core) is called when it has been imported
libraries = {
    'billiard.pool': 'celery',
    'celery': 'celery',
    'celery.backends.base': 'celery',
    'celery.result': 'celery',
    'celery.signals': 'celery',
    'kombu': 'celery',
    'kombu.messaging': 'celery',
    'pycsp.greenlets': 'pycsp',
    'pycsp.parallel': 'pycsp',
    'pycsp.parallel.const': 'pycsp',
    'scoop.broker.brokerzmq': 'scoop',
    'scoop.futures': 'scoop',
    'dask.typing': 'dask',
    'distributed.client': 'dask_client',
    'distributed.scheduler': 'dask_scheduler',
    'distributed.worker': 'dask_worker',
    'joblib.externals': 'joblib',
    'joblib.externals.loky.process_executor': 'loky',
    'joblib.parallel': 'joblib',
    'loky._base': 'loky',
    'loky.process_executor': 'loky',
    'cuda.bindings.driver': 'cuda',
    'cuda.core': 'cuda',
    'cupy': 'cuda',
    'cupy_backends': 'cuda',
    'jax': 'cuda',
    'numba.cuda': 'cuda',
    'numba.cuda.cudadrv.driver': 'cuda',
    'pycuda._driver': 'cuda',
    'pycuda.driver': 'cuda',
    'torch.autograd.profiler': 'cuda',
    'torch.cuda': 'cuda',
    'torch.version': 'cuda',
    'triton': 'cuda',
    'numba.cuda.simulator.api': 'numba_cuda',
    'numba.cuda.simulator.cudadrv.devicearray': 'numba_cuda',
    'numba.cuda.simulator.kernel': 'numba_cuda',
    'Pyro4.core': 'pyro',
    'Pyro4.futures': 'pyro',
    'Pyro4.socketserver.threadpoolserver': 'pyro',
    'Pyro5.client': 'pyro',
    'Pyro5.server': 'pyro',
    'Pyro5.svr_threads': 'pyro',
    'rpyc.core.async_': 'rpyc',
    'rpyc.core.protocol': 'rpyc',
    'rpyc.core.stream': 'rpyc',
    'rpyc.utils.server': 'rpyc',
}


def begin(agent):
    core = load(os.environ[wire.ENV_CORE])
    folder = os.path.abspath(os.environ[wire.ENV_RUN])
    ours = os.path.dirname(os.path.abspath(__file__))  # not the folder above: programs may lie there, as our tests' do
    if not core.install(folder, os.path.dirname(os.__file__), ours, os.getcwd()):
        return
    on_import.after('threading', core.hook_threading, core.note)
    on_import.after('queue', core.hook_queue, core.note)
    on_import.after('concurrent.futures._base', core.hook_futures, core.note)
    on_import.after('concurrent.futures.thread', core.hook_thread_executor, core.note)
    on_import.after('concurrent.futures.process', core.hook_process_executor, core.note)
    on_import.after('multiprocessing.pool', core.hook_pool, core.note)
    on_import.after('multiprocessing.connection', core.hook_connection, core.note)
    on_import.after('multiprocessing.queues', core.hook_process_queue, core.note)
    on_import.after('multiprocessing.shared_memory', core.hook_shared_memory, core.note)
    on_import.after('selectors', core.hook_selectors, core.note)
    on_import.after('signal', core.hook_signal, core.note)
    on_import.after('warnings', core.hook_warnings, core.note)
    on_import.after('asyncio', core.hook_asyncio, core.note)
    on_import.after('uvloop', core.hook_uvloop, core.note)
    on_import.after('_posixsubprocess', core.hook_posixsubprocess, core.note)
    on_import.after('subprocess', core.hook_subprocess, core.note)
    on_import.after('multiprocessing.process', core.hook_process, core.note)
    on_import.after('multiprocessing.popen_forkserver', core.hook_popen_forkserver, core.note)
    on_import.after('_multiprocessing', core.hook_semlock, core.note)
    on_import.after('multiprocessing.synchronize', core.hook_synchronize, core.note)
    on_import.after('multiprocessing.sharedctypes', core.hook_sharedctypes, core.note)
    on_import.after('mpi4py.MPI', core.hook_mpi, core.note)
    on_import.after('nvtx._lib.lib', core.hook_nvtx, core.note)
    on_import.after('pyopencl._cl', core.hook_opencl, core.note)
    core.library(os.path.join(ours, 'libraries'))  # what stands around a library's function is no caller
    for module, file in libraries.items():
        on_import.after(module, hook_of(file, core), core.note)
    atexit.register(core.farewell)


def hook_of(file, core):
    """Of a library's file, which is imported only when the program has imported the library."""
    return lambda module: __import__(f'{__name__}.libraries.{file}', fromlist=['hook']).hook(module, core)


def load(path):
    """The extension module at a path; importlib itself is not imported yet, its frozen half is."""
    bootstrap, external = sys.modules['_frozen_importlib'], sys.modules['_frozen_importlib_external']
    loader = external.ExtensionFileLoader('interleave_core', path)
    spec = bootstrap.ModuleSpec('interleave_core', loader, origin=path)
    module = loader.create_module(spec)
    loader.exec_module(module)
    return module
