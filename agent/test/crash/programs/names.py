"""Threads with names that are hard to write down, from a function and a file that are too."""

import threading

names = ["plain", "naïve 线程 🧵", "half \udcff pair \ud83d", "nul \0 inside", 'quote " back \\ slash', "line\nbreak\u2028\x1b[0m", "", "long " * 20_000]


def début(lock):
    with lock:
        pass


verrou = threading.Lock()
for name in names:
    thread = threading.Thread(target=début, args=(verrou,), name=name)
    thread.start()
    thread.join()
renamed = threading.Thread(target=début, args=(verrou,), name="before")
renamed.name = "after 🦀"
renamed.start()
renamed.join()
print(len(names))
