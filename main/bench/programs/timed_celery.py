"""Empty tasks through Celery's prefork pool of two and Redis, timed by the program itself once the worker is there.
usage: python timed_celery.py TASKS      with the broker's address in BROKER
prints the nanoseconds from the first publish to the last result, by the wall and of processor time of all processes.
"""

import os
import resource
import subprocess
import sys
import time

from celery import Celery, group, signals

app = Celery('timed_celery', broker=os.environ['BROKER'], backend=os.environ['BROKER'])
app.conf.worker_hijack_root_logger = False


@app.task
def empty():
    pass


def main():
    n = int(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    command = [sys.executable, '-W', 'ignore', '-m', 'celery', '-A', 'timed_celery', 'worker', '-P', 'prefork', '-c', '2']
    worker = subprocess.Popen(command + ['-l', 'ERROR'], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        group(empty.s() for _ in range(100))().get(timeout=60)
        begun = time.perf_counter_ns(), time.process_time_ns()
        group(empty.s() for _ in range(n))().get(timeout=300)
        ended = time.perf_counter_ns(), time.process_time_ns()
        app.control.shutdown()
        worker.wait(60)
    finally:
        worker.kill()
        worker.wait()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(ended[0] - begun[0], ended[1] - begun[1] + int((children.ru_utime + children.ru_stime) * 1e9))


if __name__ == '__main__':
    main()
