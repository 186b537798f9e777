"""joblib.Parallel: who asks for results looks every 10 ms whether one is there. That is one wait for the pool.

What runs the jobs tells of them itself: loky (loky.py), or a pool of threads or processes of multiprocessing.
"""

import os
import sys
import threading

from .. import wire
from . import loky

waiting = threading.local()  # .pool: (serial) while a wait of this thread is told


def hook(module, core):
    if module.__name__ != 'joblib.parallel':  # joblib.externals, the first that it imports
        core.library(os.path.dirname(os.path.dirname(module.__file__)))
        return

    def pool_behind(job):
        backend = job.parallel._backend
        workers = getattr(backend, '_workers', None)
        if workers is not None:
            return loky.serial_of(workers)
        return core.pool_of(getattr(backend, '_pool', None))

    def goes_on(*args, **kwargs):
        if getattr(waiting, 'pool', None):
            core.wake(waiting.pool[0])
            waiting.pool = None

    def looked(job, status, error):
        if status != module.TASK_PENDING:
            goes_on()
        elif not getattr(waiting, 'pool', None):
            waiting.pool = (pool_behind(job),)
            core.wait(wire.WHY_FUTURE, waiting.pool[0])

    core.passes_on(sys.modules['joblib._utils']._TracebackCapturingWrapper, 'func')
    core.passes_on(module.BatchedCalls, 'items')
    core.around(module.BatchCompletionCallBack, 'get_status', lambda job, *args, **kwargs: job, looked)
    core.around(module.BatchCompletionCallBack, 'get_result', goes_on)
    core.around(module.Parallel, '_terminate_and_reset', goes_on)
