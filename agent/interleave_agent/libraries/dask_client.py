"""Dask's client: what it submits, what it waits for, what it has got.

The keys that the program asks for are submitted by the line that did; those inside the graph by the scheduler, which alone
works them out (dask_scheduler.py). A blocking call runs a coroutine on the client's loop and waits for it: that is one wait
for the cluster, whatever the library does inside. Asynchronous clients wait as tasks do.
"""

import sys
import threading

from .. import wire
from .dask import awaited, careful, cluster, job_of, say_job, text_of

asked = threading.local()  # .pool: the cluster that this thread's blocking call is for
unfetched = set()  # keys that this process has submitted and whose results it has not got yet


def hook(client, core):
    key_split = sys.modules['dask.utils'].key_split
    outcomes = {'error': wire.OUTCOME_RAISED, 'cancelled': wire.OUTCOME_CANCELLED}

    def pool_of(of):
        return cluster(core, of.scheduler.address, of._scheduler_identity.get('total_threads') or 0)

    def submits(of, expr, keys, *args, **kwargs):
        pool, parent = pool_of(of), getattr(client.thread_state, 'key', None)
        for key in set(keys):
            if key not in of.futures:
                unfetched.add(text_of(key))
                say_job(core, pool, key, name=key_split(key), parent=parent and text_of(parent))
                core.job(wire.EV_SUBMIT, pool, job_of(core, key))

    @careful(core)
    def has(of, futures):
        for future in futures_in(futures):
            if text_of(future.key) in unfetched and future.done():
                unfetched.discard(text_of(future.key))
                how = outcomes.get(future.status, wire.OUTCOME_DONE)
                core.job(wire.EV_RESULT, pool_of(of), job_of(core, future.key), flags=how)

    def futures_in(value):
        if isinstance(value, client.Future):
            yield value
        elif isinstance(value, (list, tuple, set, dict)):
            for each in value.values() if isinstance(value, dict) else value:
                yield from futures_in(each)

    def waits(pool, timed):
        core.wait(wire.WHY_FUTURE, pool, timed)
        return (pool,)

    def waits_no_more(token, answer, error):
        late = type(error).__name__ == 'TimeoutError'
        how = wire.OUTCOME_TIMED_OUT if late else wire.OUTCOME_DONE if error is None else wire.OUTCOME_RAISED
        core.wake(token[0], how)

    def asks(of, *args, **kwargs):
        outer = getattr(asked, 'pool', 0)
        asked.pool = pool_of(of) if of.scheduler_comm else 0
        return (outer,)

    def asks_no_more(token, answer, error):
        asked.pool = token[0]

    def syncs(loop, function, *args, callback_timeout=None, **kwargs):
        return waits(getattr(asked, 'pool', 0), callback_timeout is not None)

    utils = sys.modules['distributed.utils']
    core.around(utils, 'sync', syncs, waits_no_more)
    client.sync = utils.sync
    core.around(client.Client, 'sync', asks, asks_no_more)
    core.around(client.Client, '_graph_to_futures', submits)

    def started(token, answer, error):
        if error is None and not token.asynchronous:
            pool_of(token)

    core.around(client.Client, 'start', lambda of, **kwargs: of, started)

    def gathered(token, answer, error):
        if not token[0].asynchronous:
            has(*token)

    core.around(client.Client, 'gather', lambda of, futures, *args, **kwargs: (of, futures), gathered)
    for name in ('result', 'exception'):
        core.around(client.Future, name, lambda future, *args, **kwargs: (future.client, future), gathered)

    @awaited(client.Client, '_gather')
    async def gather(native, of, futures, *args, **kwargs):
        answer = await native(of, futures, *args, **kwargs)
        if of._asynchronous:
            has(of, futures)
        return answer

    def next_asked(completed):
        if completed.queue.empty() and not completed.is_empty():
            return waits(pool_of(client.default_client()), False)

    core.around(client.as_completed, '__next__', next_asked, waits_no_more)
    client.as_completed.next = client.as_completed.__next__
