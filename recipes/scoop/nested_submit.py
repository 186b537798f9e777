"""SCOOP: futures that make futures

A librarian counts the books of a house. Each floor is a future, and makes one
for each of its rooms, on whatever worker it runs. In a pool such a floor would
keep its worker while it waits, and enough of them would stand for ever; here
the worker goes on with another room meanwhile. Look at the job of a floor: the
jobs of rooms lie inside its time on the same worker. The job says its parent.

expect: nothing

start: python -m scoop -q -n 3 {recipe}
"""

import time

from scoop import futures

FLOORS = {"cellar": 2, "hall": 5, "attic": 4}


def count_books(floor, room):
    time.sleep(0.020 + 0.010 * room)  # shelf by shelf
    return 100 * len(floor) + room


def count_floor(floor):
    rooms = range(FLOORS[floor])
    counts = [futures.submit(count_books, floor, room) for room in rooms]
    return sum(count.result() for count in counts)


def main():
    floors = [futures.submit(count_floor, floor) for floor in FLOORS]
    for floor, future in zip(FLOORS, floors):
        print(f"{floor}: {future.result()} books")


if __name__ == "__main__":
    main()
