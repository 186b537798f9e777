"""Empty tasks through Celery's prefork pool of two and Redis, in turns with another such program.
usage: python timed_celery.py TASKS      (of one turn) with the broker's address in BROKER
"""

import os
import subprocess
import sys
import time

from celery import Celery, group
from turns import take_turns

app = Celery('timed_celery', broker=os.environ['BROKER'], backend=os.environ['BROKER'])
app.conf.worker_hijack_root_logger = False


@app.task
def empty():
    pass


def processor_ns(worker):
    """Of this process, and of a worker and its children to the clock tick."""
    with open(f'/proc/{worker}/task/{worker}/children') as children:
        pids = [worker, *map(int, children.read().split())]
    ticks = 0
    for pid in pids:
        with open(f'/proc/{pid}/stat') as stat:
            ticks += sum(map(int, stat.read().rsplit(')', 1)[1].split()[11:13]))
    return time.process_time_ns() + ticks * (10**9 // os.sysconf('SC_CLK_TCK'))


def main():
    n, queue = int(sys.argv[1]), f'of-{os.getpid()}'
    app.conf.task_default_queue = queue  # the other program has the same broker
    here = os.path.dirname(os.path.abspath(__file__))
    command = [sys.executable, '-W', 'ignore', '-m', 'celery', '-A', 'timed_celery', 'worker', '-P', 'prefork', '-c', '2']
    apart = ['-Q', queue, '-n', queue, '--without-gossip', '--without-mingle']
    worker = subprocess.Popen(
        command + apart + ['-l', 'ERROR'], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        group(empty.s() for _ in range(100))().get(timeout=60)
        take_turns(lambda: group(empty.s() for _ in range(n))().get(timeout=300), lambda: processor_ns(worker.pid))
        worker.terminate()
        worker.wait(60)
    finally:
        worker.kill()
        worker.wait()


if __name__ == '__main__':
    main()
