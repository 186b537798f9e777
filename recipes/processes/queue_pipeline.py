"""A pipeline: the same letter through two queues

In a post office the counter puts letters into a sack, the stamper takes them
out, stamps them and puts them on a belt, and the sorter takes them from there.
Each is a process. Look at the lanes of sack and belt, and follow one letter:
an arrow from the put at the counter to the get of the stamper, and one from
the stamper's put to the sorter. The sack fills in the rush hour, and is empty
again before the last letter comes.

expect: nothing
"""

import multiprocessing
import time

LETTERS = 30
RUSH_HOUR = range(5, 20)


def take_in(sack):
    for letter in range(LETTERS):
        time.sleep(0.008 if letter in RUSH_HOUR else 0.060)
        sack.put(f"letter {letter} to zip code {10000 + 37 * letter}")
    sack.put(None)


def stamp(sack, belt):
    while (letter := sack.get()) is not None:
        time.sleep(0.025)
        belt.put(f"{letter}, stamped")
    belt.put(None)


def sort(belt, boxes):
    while (letter := belt.get()) is not None:
        time.sleep(0.010)
        zip_code = int(letter.split()[-2].rstrip(","))
        boxes[zip_code % len(boxes)] += 1


def main():
    sack = multiprocessing.Queue()
    belt = multiprocessing.Queue()
    boxes = multiprocessing.Array("i", 4)
    post_office = [
        multiprocessing.Process(target=take_in, args=(sack,), name="counter"),
        multiprocessing.Process(
            target=stamp, args=(sack, belt), name="stamper"
        ),
        multiprocessing.Process(
            target=sort, args=(belt, boxes), name="sorter"
        ),
    ]
    for process in post_office:
        process.start()
    for process in post_office:
        process.join()
    print(f"letters in each box: {list(boxes)}")


if __name__ == "__main__":
    main()
