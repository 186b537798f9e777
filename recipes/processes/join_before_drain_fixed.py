"""Results are read before their child is joined

The same camera and queue; the parent takes all photos out of the queue, and
then waits for the child, which has nothing left to send. Look at the queue: it
is empty before the camera ends.

expect: nothing
"""

import multiprocessing


def take_photos(photos, number):
    for n in range(number):
        photos.put((n, bytes(10_000)))


def main():
    multiprocessing.set_start_method("fork")
    photos = multiprocessing.Queue()
    camera = multiprocessing.Process(
        target=take_photos, args=(photos, 50), name="camera"
    )
    camera.start()
    album = [photos.get() for _ in range(50)]
    camera.join()
    print(f"{len(album)} photos")


if __name__ == "__main__":
    main()
