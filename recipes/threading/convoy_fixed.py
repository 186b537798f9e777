"""The convoy dissolved: one writer, fed by a queue

The same six web workers. They drop their lines on a queue and go on; one
thread takes whatever has come in and flushes it at once. Nobody queues behind
anybody, and four times as many requests are answered in the same time. Look
at the lane of Log.lines: its depth rises and falls, and no worker waits.

expect: nothing
"""

import argparse
import queue
import threading
import time


class Log:
    def __init__(self):
        self.lines = queue.Queue()
        self.written = 0

    def write(self, line):
        self.lines.put(line)

    def flush_until_closed(self):
        closed = False
        while not closed:
            batch = [self.lines.get()]
            while not self.lines.empty():
                batch.append(self.lines.get())
            closed = None in batch
            time.sleep(0.002)  # flush to disk, once for the whole batch
            self.written += len(batch) - closed

    def close(self):
        self.lines.put(None)


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
    writer = threading.Thread(target=log.flush_until_closed, name="log-writer")
    workers = [
        threading.Thread(
            target=answer_requests, args=(log, end), name=f"web-{number}"
        )
        for number in range(1, 7)
    ]
    for thread in [writer, *workers]:
        thread.start()
    for worker in workers:
        worker.join()
    log.close()
    writer.join()
    print(f"{log.written} requests answered")


if __name__ == "__main__":
    main()
