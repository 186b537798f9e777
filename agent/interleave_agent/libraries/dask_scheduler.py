"""Dask's scheduler: what each job needs, and the jobs that only it knows, since it is who takes the graph apart.

A plugin, which the scheduler asks before it begins with a graph. The loop's thread speaks, not one of its many tasks.
"""

import sys

from .. import wire
from .dask import awaited, careful, cluster, hex_of, job_of, say_job, schedulers


def hook(scheduler, core):
    key_split = sys.modules['dask.utils'].key_split

    class Told(sys.modules['distributed.diagnostics.plugin'].SchedulerPlugin):
        name = 'interleave'

        @careful(core)
        def update_graph(self, of, *, keys, tasks, **more):
            pool = cluster(core, of.address, of.total_nthreads)
            for key in tasks:
                task = of.tasks[key]
                if task.state != 'released' or task.run_spec is None:
                    continue  # it has run already, or is data
                needs = [hex_of(core, other.key) for other in task.dependencies]
                say_job(core, pool, key, name=key_split(key), needs=needs)
                if key not in keys:
                    core.job(wire.EV_SUBMIT, pool, job_of(core, key), site=0, actor=core.thread())

    @awaited(scheduler.Scheduler, 'start_unsafe')
    async def start(native, of):
        answer = await native(of)
        schedulers.add(of.address)
        of.plugins[Told.name] = Told()
        return answer
