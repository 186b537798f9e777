"""The shop closes before the mail is out

A shop keeper writes letters, and a daemon thread posts them. When the last is
written the program ends, and the daemon is stopped wherever it is. Look at the
lane of outbox: there are still letters in it when the program is over, and the
postman's last slice is cut.

expect: never-joined
"""

import queue
import threading
import time

LETTERS = 20

outbox = queue.Queue()


def deliver():
    while True:
        letter = outbox.get()
        time.sleep(0.040)  # to the letter box and back
        print(f"posted {letter}")


def main():
    threading.Thread(target=deliver, name="postman", daemon=True).start()
    for number in range(LETTERS):
        time.sleep(0.020)  # write it
        outbox.put(f"letter {number}")
    print(f"{LETTERS} letters written, closing the shop")


if __name__ == "__main__":
    main()
