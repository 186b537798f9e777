"""A semaphore as the limit of a connection pool

Eight handlers share three database connections; a BoundedSemaphore lets three
in at a time. Look at the lanes of Database.connections: never more than three
slices at once. The others wait their turn, which is what the limit is for.

expect: nothing
"""

import random
import threading
import time


class Database:
    def __init__(self, connections):
        self.connections = threading.BoundedSemaphore(connections)

    def query(self, seconds):
        with self.connections:
            time.sleep(seconds)


def handle_requests(database):
    dice = random.Random(threading.current_thread().name)
    for _ in range(25):
        time.sleep(dice.uniform(0.01, 0.03))  # parse, check who is asking
        database.query(dice.uniform(0.01, 0.03))


def main():
    database = Database(connections=3)
    handlers = [
        threading.Thread(
            target=handle_requests, args=(database,), name=f"handler-{number}"
        )
        for number in range(1, 9)
    ]
    for handler in handlers:
        handler.start()
    for handler in handlers:
        handler.join()
    print("200 queries, never more than three at a time")


if __name__ == "__main__":
    main()
