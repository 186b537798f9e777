"""A child that is joined before its results are read

The child puts its photos into a queue and ends; the parent waits for that, and
reads then. But a process that has put items stays until they have gone through
the pipe, which takes 64 KiB, and the one who would read them waits for its
end. Look at the feeder thread of the child: it waits for room in the queue to
the end. A watchdog ends the program after three seconds.

expect: deadlock
"""

import faulthandler
import multiprocessing


def take_photos(photos, number):
    faulthandler.dump_traceback_later(3, exit=True)
    for n in range(number):
        photos.put((n, bytes(10_000)))


def main():
    multiprocessing.set_start_method("fork")
    photos = multiprocessing.Queue()
    camera = multiprocessing.Process(
        target=take_photos, args=(photos, 50), name="camera"
    )
    camera.start()
    faulthandler.dump_traceback_later(3, exit=True)
    camera.join()
    album = [photos.get() for _ in range(50)]
    print(f"{len(album)} photos")


if __name__ == "__main__":
    main()
