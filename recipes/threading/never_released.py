"""A lock that an exception leaves behind

Three librarians enter new books in the catalogue. One of the books has no
number; the exception leaves the catalogue's lock taken, and the librarian goes
home. The others wait for a lock that nobody holds any more. Look at the lane
of Catalogue.lock: its last slice goes on after its holder has ended.

expect: never-released
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
        if not self.lock.acquire(timeout=0.3):
            raise TimeoutError("the catalogue is locked")
        group, *rest = book.split("-")
        self.numbers.append((int(group), rest))
        self.lock.release()


def shelve(catalogue, books):
    for book in books:
        try:
            catalogue.enter(book)
        except (ValueError, TimeoutError) as error:
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
