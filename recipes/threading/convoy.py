"""A convoy: everyone queues for a lock that nobody holds for long

Six web workers answer requests and write a line to one log, flushed line by
line under a lock. No single hold is long, but a worker is back for its next
line before the queue has drained, so they all march in step behind Log.lock,
and the machine does one thing at a time. Look at the lane of Log.lock: it is
never free, and almost every acquire had to wait for it.

expect: contention, convoy, slow-hold
"""

import argparse
import threading
import time


class Log:
    def __init__(self):
        self.lines = []
        self.lock = threading.Lock()

    def write(self, line):
        with self.lock:
            self.lines.append(line)
            time.sleep(0.002)  # flush to disk


def answer_requests(log, end):
    worker = threading.current_thread().name
    request = 0
    while time.monotonic() < end:
        request += 1
        time.sleep(0.003)  # render the page
        log.write(f"{worker} answered request {request}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2)
    end = time.monotonic() + parser.parse_args().seconds

    log = Log()
    workers = [
        threading.Thread(
            target=answer_requests, args=(log, end), name=f"web-{number}"
        )
        for number in range(1, 7)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{len(log.lines)} requests answered")


if __name__ == "__main__":
    main()
