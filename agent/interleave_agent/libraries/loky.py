"""loky's executor, also the one inside joblib: a relative of concurrent.futures.process, whose workers are other programs.

   submit ─→ _WorkItem: submit(pool, n)      result(): wait(future, pool) ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┐
   worker    _process_worker: get → _CallItem(): jobBegin(n) ████ jobEnd                          │
   manager thread             process_result_item: result(n), or terminate_broken: of all that are left ┘

Executor and workers know the pool by the pipe through which jobs come, and a job by the pool's name and its number.
"""

import functools
import os
import threading
import weakref

from .. import wire

submitting = threading.local()  # .executor: whose submit this thread is in
own = threading.local()  # .pool: whose jobs this worker runs
pools = weakref.WeakKeyDictionary()  # queue through which its jobs go → Pool


class Pool:
    def __init__(self, core, reader, **about):
        at = os.fstat(reader.fileno())
        self.key = f'loky:{at.st_dev:x}:{at.st_ino:x}'
        self.serial = core.make(wire.OBJ_POOL, key=self.key, **about)

    def job(self, core, number):
        return core.key(f'{self.key}:{number}')


def function_in(fn):
    """What a job runs: its function, and how many calls of it; joblib's are batches, of executor.map chunks."""
    if isinstance(fn, functools.partial) and getattr(fn.func, '__name__', '') == '_process_chunk':
        return fn.args[0], 0
    items = getattr(fn, 'items', None) if type(fn).__name__ == 'BatchedCalls' else None
    return (items[0][0], len(items)) if items else (fn, 1)


def name_of(fn):
    function, calls = function_in(fn)
    name = getattr(function, '__qualname__', type(function).__qualname__).rpartition('<locals>.')[2]
    return f'{name} × {calls}' if calls > 1 else name


def serial_of(executor):
    pool = pools.get(executor._call_queue)
    return pool.serial if pool else 0


def hook(module, core):
    if not module.__name__.endswith('.process_executor'):  # the first of loky's modules
        core.library(os.path.dirname(module.__file__))
        return

    # ── where it is submitted ────────────────────────────────────────────────────────────────────────────────────────
    def made(executor, answer, error):
        if error is None:
            name = module.__name__.partition('.')[0]
            pools[executor._call_queue] = Pool(core, executor._call_queue._reader, capacity=executor._max_workers, name=name)

    def submits(executor, fn, *args, **kwargs):
        outer = getattr(submitting, 'executor', None)
        submitting.executor = executor
        return executor, outer

    def submitted(token, future, error):
        executor, submitting.executor = token
        if error is None:
            core.future_of(future, pools[executor._call_queue].serial)

    def queued(item, future, fn, args, kwargs):
        """Under the executor's lock: the number is the one that it will get."""
        executor = submitting.executor
        pool, number = pools[executor._call_queue], executor._queue_count
        core.say('job', {'pool': pool.serial, 'key': f'{pool.job(core, number):016x}', 'name': name_of(fn)})
        core.job(wire.EV_SUBMIT, pool.serial, pool.job(core, number))

    executor = module.ProcessPoolExecutor
    core.around(executor, '__init__', lambda executor, *args, **kwargs: executor, made)
    core.around(executor, 'submit', submits, submitted)
    core.around(module._WorkItem, '__init__', queued)

    # ── where its result comes ───────────────────────────────────────────────────────────────────────────────────────
    def has_result(manager, number, how):
        pool = pools[manager.call_queue]
        core.job(wire.EV_RESULT, pool.serial, pool.job(core, number), flags=how, site=0)

    def came(manager, item):
        if hasattr(item, 'work_id'):
            has_result(manager, item.work_id, wire.OUTCOME_RAISED if item.exception else wire.OUTCOME_DONE)

    def broke(manager, *args):
        for number in list(manager.pending_work_items):
            has_result(manager, number, wire.OUTCOME_RAISED)

    core.around(module._ExecutorManagerThread, 'process_result_item', came)
    core.around(module._ExecutorManagerThread, 'terminate_broken', broke)

    # ── the worker ───────────────────────────────────────────────────────────────────────────────────────────────────
    def has_nothing(*args, **kwargs):
        core.wait(wire.WHY_QUEUE_GET, own.pool.serial, bool(kwargs.get('timeout')))
        return (own.pool,)

    def has_something(token, answer, error):
        core.wake(token[0].serial, wire.OUTCOME_DONE if error is None else wire.OUTCOME_TIMED_OUT)

    def works(call_queue, *args):
        own.pool = Pool(core, call_queue._reader)
        core.around(call_queue, 'get', has_nothing, has_something)

    def begins(item):
        function, _ = function_in(item.fn)
        core.job(wire.EV_JOB_BEGIN, own.pool.serial, own.pool.job(core, item.work_id), site=core.site_of(function))
        return (item,)

    def ends(token, answer, error):
        how = wire.OUTCOME_DONE if error is None else wire.OUTCOME_RAISED
        core.job(wire.EV_JOB_END, own.pool.serial, own.pool.job(core, token[0].work_id), flags=how, site=0)

    core.around(module, '_process_worker', works)
    core.around(module._CallItem, '__call__', begins, ends)
