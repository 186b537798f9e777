"""The shop closes when the mail is out

The same shop. The keeper puts a None behind the last letter and waits for the
postman to come to it. Look at the lane of outbox: it is empty in the end, and
an arrow leads from the end of the postman to the keeper.

expect: nothing
"""

import queue
import threading
import time

LETTERS = 20

outbox = queue.Queue()


def deliver():
    while (letter := outbox.get()) is not None:
        time.sleep(0.040)  # to the letter box and back
        print(f"posted {letter}")


def main():
    postman = threading.Thread(target=deliver, name="postman")
    postman.start()
    for number in range(LETTERS):
        time.sleep(0.020)  # write it
        outbox.put(f"letter {number}")
    outbox.put(None)
    postman.join()
    print(f"{LETTERS} letters written and posted")


if __name__ == "__main__":
    main()
