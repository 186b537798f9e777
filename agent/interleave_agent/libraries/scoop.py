"""SCOOP: every future is a keyed job of the one pool that the workers of a `python -m scoop` are together.

In comes scoop.futures, right after a worker has imported it. Out go submit where a future is made, accept where it arrives,
jobBegin and jobEnd around its function on whichever worker runs it, and result where it comes back to.
A future that waits for another lets its worker run others, each in a greenlet. So the waits of futures are not told: they
would not nest, and the worker would not stand still. What is told is that it has nothing to run. That goes for the origin too,
where the program itself is one more future, which nobody submits.
"""

import os

from .. import wire


def hook(module, core):
    core.library(os.path.dirname(os.path.abspath(module.scoop.__file__)))
    if module.__name__ == 'scoop.broker.brokerzmq':
        hook_broker(module.Broker, core)
    elif module.scoop.IS_RUNNING:  # without `-m scoop`, map is Python's own and nothing else works
        Worker(module, core)


class Worker:
    def __init__(self, futures, core):
        self.core, self.futures, self.scoop, self.control = core, futures, futures.scoop, futures.control
        self.program = None  # id of its future
        self.keys = {}  # of futures that were made here
        self.map = None
        self.maps = 0
        self.popping = self.idle = False
        broker, size = self.scoop.BROKER, self.scoop.SIZE
        everyone = f'scoop {broker.externalHostname}:{broker.task_port}'
        self.call_worker(everyone, size)
        self.pool = core.make(wire.OBJ_POOL, everyone, 1, 'SCOOP', site=0)  # this worker is one of it
        types = self.scoop._types
        core.around(futures, '_createFuture', lambda func, *args, **kwargs: (func, args), self.submitted)
        core.around(futures, '_mapFuture', self.map_begins, self.map_is_made)
        core.around(self.control, 'runFuture', self.begins, self.ended)
        core.around(types.Future, 'cancel', lambda future: future, self.cancelled)
        core.around(types.FutureQueue, 'pop', self.looks_for_work, self.has_work)
        core.around(types.Communicator, '_poll', self.polls, self.polled)
        core.around(types.Communicator, '_recv', lambda communicator: True, self.received)

    def call_worker(self, everyone, size):
        """The origin runs the program. A worker on another host than the broker's cannot know how many came before."""
        if not self.scoop.IS_ORIGIN and self.scoop.BROKER.hostname not in self.scoop.utils.loopbackReferences:
            return
        rank = 0 if self.scoop.IS_ORIGIN else self.core.count(everyone, 'sent')
        self.core.say('rank', {'group': everyone, 'rank': rank, 'size': size})
        self.core.say('processName', {'name': f'worker {rank}' if rank else 'origin'})

    def key_of(self, future):
        return self.keys.get(future.id) or self.core.key(text_of(future.id))

    # ── where it is made ─────────────────────────────────────────────────────────────────────────────────────────────────
    def submitted(self, given, future, error):
        if error:
            return
        id = text_of(future.id)
        key = self.keys[future.id] = self.core.key(id)
        parent = text_of(future.parentId) if future.parentId != self.program else None
        job = {'pool': self.pool, 'key': f'{key:016x}', 'id': id, 'name': name_of(self.futures, *given)}
        self.core.say('job', {**job, 'parent': parent, 'group': self.map})
        self.core.job(wire.EV_SUBMIT, self.pool, key)

    def map_begins(self, func, *iterables):
        outer = (self.map,)
        self.maps += 1
        self.map = f'{text_of(self.scoop.worker)} map {self.maps}'
        return outer

    def map_is_made(self, outer, answer, error):
        self.map = outer[0]

    # ── where it runs ────────────────────────────────────────────────────────────────────────────────────────────────────
    def begins(self, future):
        if future.parentId == (-1, 0):
            self.program = future.id
            return None
        site = self.core.site_of(function_of(self.futures, future.callable, future.args))
        self.core.job(wire.EV_JOB_BEGIN, self.pool, self.key_of(future), site=site)
        return future

    def ended(self, future, answer, error):
        if isinstance(future.exceptionValue, self.control.greenlet.GreenletExit):
            return  # it never ended: the worker went away
        self.core.job(wire.EV_JOB_END, self.pool, self.key_of(future), how(future))
        self.has_result(future, how(future))

    def has_result(self, future, how):
        key = self.keys.pop(future.id, None)  # none: it was made elsewhere, or its result has come twice
        if key is not None:
            self.core.job(wire.EV_RESULT, self.pool, key, how)

    def cancelled(self, future, answer, error):
        if answer:  # it never begins
            self.has_result(future, wire.OUTCOME_CANCELLED)

    # ── between workers ──────────────────────────────────────────────────────────────────────────────────────────────────
    def received(self, _, future, error):
        if future is None:
            return
        if future._ended():
            self.has_result(future, how(future))
        else:
            self.core.job(wire.EV_ACCEPT, self.pool, self.key_of(future))

    def looks_for_work(self, queue):
        self.popping = True
        return True

    def polls(self, communicator, timeout):
        if not timeout or self.idle:
            return None
        if not self.popping:  # futures.wait with a timeout runs nothing meanwhile
            self.core.wait(wire.WHY_FUTURE, self.pool, True)
            return True
        self.core.wait(wire.WHY_QUEUE_GET, self.pool)
        self.idle = True  # until a poll has brought work, not only a message
        return None

    def polled(self, _, answer, error):
        self.core.wake(self.pool)

    def has_work(self, _, answer, error):
        self.popping = False
        if self.idle:
            self.idle = False
            self.core.wake(self.pool, wire.OUTCOME_CANCELLED if error else wire.OUTCOME_DONE)


def hook_broker(broker, core):
    """A thread of the launcher, which waits in zmq for messages."""

    def prepared(broker, answer, error):
        core.around(broker.task_socket, 'poll', polls, lambda *_: core.wake())

    def polls(*args):
        core.wait(wire.WHY_IO)
        return True

    core.around(broker, '__init__', lambda broker, *args, **kwargs: broker, prepared)
    core.around(broker, 'run', lambda broker: core.say('name', {'object': core.actor(), 'name': 'broker'}))


def how(future):
    return wire.OUTCOME_RAISED if future.exceptionValue is not None else wire.OUTCOME_DONE


def text_of(id):
    """(b'127.0.0.1:57122', 17): the 18th future that the worker of that address made."""
    if isinstance(id, tuple):
        return f'{text_of(id[0])}/{id[1]}'
    return id.decode() if isinstance(id, bytes) else str(id)


def name_of(futures, func, args):
    given = function_of(futures, func, args)
    name = getattr(given, '__qualname__', None) or type(given).__name__
    if given is func:
        return name
    return f'mapScan of {name}' if args[2] else f'mapReduce of {name}'


def function_of(futures, func, args):
    """What the program gave: a reduction is run by a function of SCOOP's own, whose first argument that is."""
    return args[0] if func is futures._recursiveReduce else func
