"""A lock that is released whatever happens

The same librarians. `with` takes the lock and gives it back, also when an
exception leaves the block. Look at the lane of Catalogue.lock: a hair for each
book, and the one without a number keeps nobody waiting.

expect: nothing
"""

import threading
import time

BOOKS = {
    "Ana": ["0-306-40615-2", "none"],
    "Ben": ["0-19-852663-6", "0-8044-2957-X"],
    "Cem": ["3-16-148410-0", "0-684-84328-5"],
}


class Catalogue:
    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = []

    def enter(self, book):
        with self.lock:
            group, *rest = book.split("-")
            self.numbers.append((int(group), rest))


def shelve(catalogue, books):
    for book in books:
        try:
            catalogue.enter(book)
        except ValueError as error:
            return print(f"{book} is not entered: {error}")
        time.sleep(0.050)  # carry it to its shelf


def main():
    catalogue = Catalogue()
    staff = [
        threading.Thread(target=shelve, args=(catalogue, books), name=name)
        for name, books in BOOKS.items()
    ]
    for person in staff:
        person.start()
    for person in staff:
        person.join()
    print(f"{len(catalogue.numbers)} books entered")


if __name__ == "__main__":
    main()
