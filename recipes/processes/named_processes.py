"""Names for processes

A kitchen in the evening: a head cook who starts the others, two cooks with
names, and a temporary help whom nobody gave one. Look at the lanes of the
processes: they stand under the process that started them, and are called what
the program calls them. The nameless one was Process-3, after its turn, until
it gave itself a name: the last one is what the lane is called by.

expect: nothing
"""

import multiprocessing
import time


def cook(dish, minutes):
    for _ in range(minutes):
        time.sleep(0.1)  # a minute
    print(f"{dish} for table four", flush=True)


def help_out():
    time.sleep(0.5)
    multiprocessing.current_process().name = "dish-washer"
    time.sleep(0.5)


def main():
    multiprocessing.current_process().name = "head-cook"
    soup = multiprocessing.Process(
        target=cook, args=("soup", 4), name="cook-soup"
    )
    fish = multiprocessing.Process(
        target=cook, args=("fish", 12), name="cook-fish"
    )
    temporary_help = multiprocessing.Process(target=help_out)
    staff = [soup, fish, temporary_help]
    for person in staff:
        person.start()
    for person in staff:
        person.join()
    for person in staff:
        print(f"{person.name} has gone home")


if __name__ == "__main__":
    main()
