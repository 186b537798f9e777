"""Dask's worker: what it has to do, what its threads run, and what it fetches from other workers.

   scheduler ─→ a plugin sees that the job is ready: accept         a thread of the executor: jobBegin ████ jobEnd
   another worker: get_data ─ send(n) ──────────→ gather_dep: receive(n)

A worker asks another one for one thing at a time, so that both count the same. The loop's thread speaks for what the loop does,
not one of its many tasks. A worker that is a process of its own gives it its name; its threads are numbered.
"""

import sys

from .. import wire
from .dask import awaited, careful, cluster, hex_of, job_of, schedulers

MOST_ARGUMENTS, MOST_NODES = 8, 40  # that are looked at for a function


def hook(module, core):
    channels = {}  # (from, to) → serial
    counts = {}  # (from, to) → messages so far
    threads = {}  # a worker's address → serials of the threads that run its jobs

    def pool_of(worker):
        return cluster(core, worker.scheduler.address)

    def shares_process(worker):
        return worker.scheduler.address in schedulers

    def called(worker):
        return f'worker {str(worker.name).rpartition("//")[2]}'

    class Told:
        name = 'interleave'

        def __init__(self, worker):
            self.worker = worker

        @careful(core)
        def transition(self, key, start, finish, **more):
            if finish == 'ready':
                core.job(wire.EV_ACCEPT, pool_of(self.worker), job_of(core, key), site=0, actor=core.thread())

    @careful(core)
    def registered(worker):
        pool_of(worker)
        worker.plugins[Told.name] = Told(worker)
        if not shares_process(worker):
            core.say('processName', {'name': called(worker)})
        for name, executor in worker.executors.items():
            if name not in ('offload', 'actor') and hasattr(executor, '_work_queue'):
                core.around(executor._work_queue, 'get', has_nothing(worker), has_something)

    def has_nothing(worker):
        """It looks once a second whether it is to end, which is no timeout of the program's."""

        def waits(*args, **kwargs):
            core.wait(wire.WHY_QUEUE_GET, pool_of(worker))
            return (worker,)

        return waits

    def has_something(token, answer, error):
        core.wake(pool_of(token[0]))

    @awaited(module.Worker, '_register_with_scheduler')
    async def register(native, worker):
        await native(worker)
        registered(worker)

    def function_of(task):
        """The site of the program's function in a task, 0 = none: Dask's own call it, pass it on, or run a chain of tasks."""
        nodes = [task]
        for node in nodes:  # which grows
            if isinstance(node, dict):
                nodes.extend(node.values())
            elif hasattr(node, 'func'):
                nodes.append(node.func)
                nodes.extend(node.args[:MOST_ARGUMENTS])
            elif callable(node) and (site := core.site_of(node)):
                return site
            if len(nodes) > MOST_NODES:
                break
        return 0

    def name_thread(worker):
        thread, known = core.thread(), threads.setdefault(worker.address, [])
        if thread not in known:
            known.append(thread)
            own = f'{called(worker)} ' if shares_process(worker) else ''
            core.say('name', {'object': thread, 'name': f'{own}thread {len(known) - 1}'})

    def begins(task, data, state, key, *args):
        worker = state['worker']
        if not task.is_coro:
            name_thread(worker)
        if data:
            core.say('job', {'pool': pool_of(worker), 'key': hex_of(core, key), 'bytes': size_of(worker, data)})
        core.job(wire.EV_JOB_BEGIN, pool_of(worker), job_of(core, key), site=function_of(task))
        return worker, key

    def ends(token, answer, error):
        worker, key = token
        done = error is None and answer['op'] == 'task-finished'
        how = wire.OUTCOME_DONE if done else wire.OUTCOME_RAISED
        core.job(wire.EV_JOB_END, pool_of(worker), job_of(core, key), flags=how, site=0)

    core.around(module, '_run_task', begins, ends)

    @awaited(module, '_run_task_async')
    async def run_task_async(native, task, *args):
        token = careful(core)(begins)(task, None, {'worker': module.get_worker()}, task.key)
        answer = {'op': 'cancelled'}
        try:
            answer = await native(task, *args)
            return answer
        finally:
            careful(core)(ends)(token, answer, None)

    # ── what goes from worker to worker ──────────────────────────────────────────────────────────────────────────────
    def channel(source, target, name):
        if (source, target) not in channels:
            channels[source, target] = core.make(wire.OBJ_CHANNEL, key=f'dask:{source} {target}', name=name)
        return channels[source, target]

    def next_number(source, target):
        counts[source, target] = counts.get((source, target), 0) + 1
        return counts[source, target]

    def size_of(worker, keys):
        return sum(worker.state.tasks[key].nbytes or 0 for key in keys if key in worker.state.tasks)

    @careful(core)
    def tell_message(event, source, target, number, size, name=None):
        core.tell(event, channel(source, target, name), number, size, site=0, actor=core.thread())

    @awaited(module.Worker, 'get_data')
    async def get_data(native, worker, comm, keys, who=None, **kwargs):
        if not who:
            return await native(worker, comm, keys, who=who, **kwargs)
        source, size, write = worker.contact_address, size_of(worker, keys), comm.write
        number = next_number(source, who)

        def written(*args, **kwargs):
            """It writes once, and not at all when it is too busy."""
            tell_message(wire.EV_SEND, source, who, number, size, f'from {called(worker)}')
            return write(*args, **kwargs)

        comm.write = written
        try:
            return await native(worker, comm, keys, who=who, **kwargs)
        finally:
            del comm.write

    @awaited(module.Worker, 'gather_dep')
    async def gather_dep(native, worker, source, *args, **kwargs):
        number = next_number(source, worker.address)
        event = await native(worker, source, *args, **kwargs)
        if hasattr(event, 'data'):
            tell_message(wire.EV_RECEIVE, source, worker.address, number, size_of(worker, event.data))
        return event
