"""One thread dies by an exception while it holds a lock that others wait for with a timeout."""

import threading

lock = threading.Lock()


def fail():
    lock.acquire()
    raise RuntimeError("naïve: no one catches this")


doomed = threading.Thread(target=fail, name="doomed")
doomed.start()
doomed.join()
print(lock.locked(), lock.acquire(timeout=0.05))
