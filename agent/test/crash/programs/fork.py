"""Forks with threads running. Parent and child each lock their own lock a known number of times; the child then leaves
in one of three ways. usage: fork.py _exit | return | exec"""

import os
import sys
import threading

how = sys.argv[1]
rounds = 5000
stop = threading.Event()
shared = threading.Lock()


def churn():
    n = 0
    while not stop.is_set():
        with shared:
            n += 1


def lock_in_parent():
    mine = threading.Lock()
    for _ in range(rounds):
        with mine:
            pass


def lock_in_child():
    mine = threading.Lock()
    for _ in range(rounds):
        with mine:
            pass
    helper = threading.Thread(target=lock_in_thread_of_child, name="in the child")
    helper.start()
    helper.join()


def lock_in_thread_of_child():
    mine = threading.Lock()
    for _ in range(rounds):
        with mine:
            pass


churners = [threading.Thread(target=churn, name=f"churn-{i}") for i in range(3)]
for churner in churners:
    churner.start()
child = os.fork()
if child == 0:
    lock_in_child()
    if how == "exec":
        os.execv(sys.executable, [sys.executable, "-c", "import threading\nwith threading.Lock(): print('new program')"])
    if how == "_exit":
        os._exit(0)
    print("child is done", flush=True)
    sys.exit(0)
lock_in_parent()
_, status = os.waitpid(child, 0)
stop.set()
for churner in churners:
    churner.join()
print("parent is done, child's status", status)
