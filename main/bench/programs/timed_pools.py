"""Items and tiny jobs handed from process to process or to the threads of a pool, timed by the program itself: from the
first to the last, once the other side is there. usage: timed_pools.py WHAT OPERATIONS
prints the nanoseconds it took, by the wall and of processor time, that of the other processes included; or, for `spawn`,
the nanoseconds from the start of a process to the first line of its own.
"""

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

fork = multiprocessing.get_context("fork")


def clocks():
    return time.perf_counter_ns(), time.process_time_ns()


def since(begun):
    return [now - then for now, then in zip(clocks(), begun)]


def produce(items, ready, said, n):
    ready.wait()
    begun = clocks()
    for i in range(n):
        items.put(i)
    items.close()
    items.join_thread()
    said.send(since(begun))


def consume(items, ready, said, n):
    ready.wait()
    begun = clocks()
    for _ in range(n):
        items.get()
    said.send(since(begun))


def queue(n):
    items, ready = fork.Queue(), fork.Barrier(2)
    ends = [fork.Pipe(duplex=False) for _ in range(2)]
    sides = [fork.Process(target=side, args=(items, ready, end[1], n)) for side, end in zip((produce, consume), ends)]
    for side in sides:
        side.start()
    walls, used = zip(*(end[0].recv() for end in ends))
    for side in sides:
        side.join()
    return max(walls), sum(used)


def tiny(i):
    return i


def both(body, close):
    """Times `body`, then `close`, by which the workers end and their processor time is known."""
    begun = clocks()
    body()
    wall, used = since(begun)
    close()
    ended = os.times()
    return wall, used + int((ended.children_user + ended.children_system) * 1e9)


def pool_map(n):
    pool = fork.Pool(2)
    pool.map(tiny, range(4), chunksize=1)

    def close():
        pool.close()
        pool.join()

    return both(lambda: pool.map(tiny, range(n), chunksize=1), close)


def jobs(executor, n):
    list(executor.map(tiny, range(4)))

    def submit():
        for future in [executor.submit(tiny, i) for i in range(n)]:
            future.result()

    return both(submit, executor.shutdown)


def first_line(said):
    said.send(time.monotonic_ns())
    os._exit(0)


def spawn(_):
    context = multiprocessing.get_context("spawn")
    mine, yours = context.Pipe(duplex=False)
    child = context.Process(target=first_line, args=(yours,))
    begun, used = time.monotonic_ns(), time.process_time_ns()
    child.start()
    wall = mine.recv() - begun
    child.join()
    return wall, time.process_time_ns() - used


kinds = {
    "queue": queue,
    "pool-map": pool_map,
    "process-pool": lambda n: jobs(ProcessPoolExecutor(2, fork), n),
    "thread-pool": lambda n: jobs(ThreadPoolExecutor(4), n),
    "spawn": spawn,
}
if __name__ == "__main__":
    print(*kinds[sys.argv[1]](int(sys.argv[2])), flush=True)
