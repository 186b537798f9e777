"""A known number of lock operations by one thread. usage: steady.py ROUNDS"""

import sys
import threading

rounds = int(sys.argv[1])
lock = threading.Lock()
for _ in range(rounds):
    with lock:
        pass
print("all", rounds, "rounds")
