"""A million slices on 64 lanes: 32 threads, each with a lock of its own, that now and then wait for their neighbour's.
usage: million.py"""

import threading

threads, rounds = 32, 31_500
locks = [threading.Lock() for _ in range(threads)]


def work(i):
    mine, next_one = locks[i], locks[(i + 1) % threads]
    for n in range(rounds):
        with mine:
            pass
        if n % 50 == 0:
            with next_one:
                sum(range(200))


workers = [threading.Thread(target=work, args=(i,), name=f"worker-{i}") for i in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
