"""Many readers or one writer, with a Condition

Five shoppers read a catalogue, together if they like; an editor changes it
alone. Both wait on one Condition until the catalogue is free for them. Look at
a shopper's lane: it waits for the condition only while the editor is at work,
and the arrow that ends its wait starts at the editor's notify_all.

expect: nothing
"""

import random
import threading
import time


class Catalogue:
    def __init__(self):
        self.prices = {"apple": 30, "bread": 250, "cheese": 700}
        self.readers = 0
        self.being_edited = False
        self.changed = threading.Condition()

    def look_up(self, product):
        with self.changed:
            self.changed.wait_for(lambda: not self.being_edited)
            self.readers += 1
        time.sleep(0.004)  # leaf through it
        price = self.prices[product]
        with self.changed:
            self.readers -= 1
            self.changed.notify_all()
        return price

    def raise_prices(self):
        with self.changed:
            self.changed.wait_for(
                lambda: not self.being_edited and self.readers == 0
            )
            self.being_edited = True
        time.sleep(0.020)  # print the new pages
        for product in self.prices:
            self.prices[product] += 1
        with self.changed:
            self.being_edited = False
            self.changed.notify_all()


def browse(catalogue):
    dice = random.Random(threading.current_thread().name)
    for _ in range(30):
        catalogue.look_up(dice.choice(["apple", "bread", "cheese"]))
        time.sleep(dice.uniform(0.02, 0.06))  # think it over


def edit(catalogue):
    for _ in range(10):
        time.sleep(0.080)  # the price of milk goes up
        catalogue.raise_prices()


def main():
    catalogue = Catalogue()
    names = ["Ada", "Ben", "Cleo", "Dan", "Eve"]
    people = [
        threading.Thread(target=browse, args=(catalogue,), name=name)
        for name in names
    ]
    people.append(
        threading.Thread(target=edit, args=(catalogue,), name="editor")
    )
    for person in people:
        person.start()
    for person in people:
        person.join()
    print(catalogue.prices)


if __name__ == "__main__":
    main()
