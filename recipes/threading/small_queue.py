"""A queue too small for the bursts it gets

A camera takes sixteen pictures in a burst, five times a second; one thread
shrinks them. It is fast enough on average, but only two pictures fit into the
queue, so the camera stands still until almost the whole burst is done. Look at
the lane of pictures: full most of the time, with the camera waiting to put,
and then empty, with the shrinker waiting to get.

expect: back-pressure
"""

import queue
import threading
import time

BURSTS = 10
PICTURES_A_BURST = 16
SECONDS_BETWEEN_BURSTS = 0.2

pictures = queue.Queue(maxsize=2)
thumbnails = []


def take_pictures():
    next_burst = time.monotonic()
    for burst in range(BURSTS):
        for shot in range(PICTURES_A_BURST):
            pictures.put(f"IMG_{burst:02}{shot:02}.jpg")
        next_burst += SECONDS_BETWEEN_BURSTS
        time.sleep(max(0, next_burst - time.monotonic()))
    pictures.put(None)


def shrink_pictures():
    while (picture := pictures.get()) is not None:
        time.sleep(0.010)  # decode, scale, encode
        thumbnails.append(picture.replace("IMG", "THUMB"))


def main():
    camera = threading.Thread(target=take_pictures, name="camera")
    shrinker = threading.Thread(target=shrink_pictures, name="shrinker")
    camera.start()
    shrinker.start()
    camera.join()
    shrinker.join()
    print(f"{len(thumbnails)} thumbnails, the last is {thumbnails[-1]}")


if __name__ == "__main__":
    main()
