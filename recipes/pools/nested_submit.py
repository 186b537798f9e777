"""Jobs that wait for jobs of the same pool

Each of three albums is a job of a pool of three threads, and submits its
photos to the same pool and waits for them. All workers wait, and none is left
to run what they wait for. Look at the lanes of the pool: three jobs to the
end, with the photos of all of them in the queue. A watchdog ends the program
after three seconds.

expect: deadlock, nested-submit
"""

import faulthandler
import threading
from concurrent.futures import ThreadPoolExecutor


def develop(photo):
    return photo * photo


def print_album(pool, album, started):
    started.wait()  # all three have begun
    photos = [pool.submit(develop, photo) for photo in album]
    return [photo.result() for photo in photos]


def main():
    faulthandler.dump_traceback_later(3, exit=True)
    started = threading.Barrier(3)
    with ThreadPoolExecutor(3, thread_name_prefix="lab") as pool:
        albums = [
            pool.submit(print_album, pool, range(n, n + 4), started)
            for n in range(3)
        ]
        print([album.result() for album in albums])


if __name__ == "__main__":
    main()
