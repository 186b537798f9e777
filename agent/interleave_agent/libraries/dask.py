"""Dask: what its parts (dask_client, dask_scheduler, dask_worker) share: the pool, which is the cluster, and the names of jobs.

   client     submit(key) ┐                                     ┌ result(key): gather, Future.result
   scheduler   update_graph: who needs whom, and submit of the keys inside the graph
   worker                   accept ┄┄ jobBegin ████ jobEnd ─────┘

All processes know the cluster by its scheduler's address. What Dask and the libraries under it make for themselves, hundreds
of tasks, locks and events, is internal. (dask.typing is the first of Dask's modules to be imported: nothing is made before it.)
"""

import functools
import os

from .. import wire

UNDER_IT = ('dask', 'distributed', 'tornado', 'zict', 'locket', 'psutil', 'cloudpickle', 'lazy_importer', 'jinja2', 'tblib', 'toolz', 'partd')

clusters = {}  # a scheduler's address → serial of the pool here
schedulers = set()  # addresses of those that run in this process: their workers may, too


def hook(module, core):
    beside = os.path.dirname(os.path.dirname(module.__file__))
    for name in UNDER_IT:
        core.library(os.path.join(beside, name))


def cluster(core, address, threads=0):
    """The pool of the scheduler at this address; `threads` of all its workers, where they are known."""
    if address not in clusters:
        clusters[address] = core.make(wire.OBJ_POOL, key=f'dask:{address}', capacity=threads, name='Dask cluster')
    return clusters[address]


def text_of(key):
    """A key is text, or a tuple of text and numbers."""
    return key if type(key) is str else str(key)


def job_of(core, key):
    return core.key(text_of(key))


def hex_of(core, key):
    return f'{job_of(core, key):016x}'


def say_job(core, pool, key, **what):
    core.say('job', {'pool': pool, 'key': hex_of(core, key), 'id': text_of(key), **what})


def awaited(owner, name):
    """The decorated coroutine function, which gets the native one first, takes its place. (core.around is for other ones.)"""

    def put(function):
        native = getattr(owner, name)

        @functools.wraps(native)
        async def instead(*args, **kwargs):
            return await function(native, *args, **kwargs)

        setattr(owner, name, instead)
        return function

    return put


def careful(core):
    """What goes wrong in telling is a note; the program goes on."""

    def with_care(tell):
        def told(*args, **kwargs):
            try:
                return tell(*args, **kwargs)
            except Exception as error:
                core.note(f'Something of Dask was not recorded: {type(error).__name__}: {error}')

        return told

    return with_care
