"""A queue with room for a whole burst

The same camera and shrinker. The queue takes two bursts, so the camera is done
at once and ready for the next, while the shrinker works the pile off at its
own pace. Look at the lane of pictures: it jumps up and slopes down, never
reaches its bound, and the camera never waits.

expect: nothing
"""

import queue
import threading
import time

BURSTS = 10
PICTURES_A_BURST = 16
SECONDS_BETWEEN_BURSTS = 0.2

pictures = queue.Queue(maxsize=2 * PICTURES_A_BURST)
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
