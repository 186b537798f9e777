"""Other programs as children

A librarian lets other programs work: sort puts the titles in order, a second
Python counts their letters, and a shell looks for a book that is not there and
says so by its exit code. Look at the lanes of the processes: the Python child
has its thread and its GIL, of sort and the shell one sees from outside when
they began, when they ended, and how. MainThread waits for each.

expect: nothing
"""

import subprocess
import sys

TITLES = ["Walden", "Emma", "Ulysses", "Middlemarch", "Beloved", "Dracula"]

COUNT_LETTERS = """
import sys
import time
time.sleep(0.3)
print(sum(len(title.strip()) for title in sys.stdin))
"""


def run(*command):
    return subprocess.run(
        command, input="\n".join(TITLES), capture_output=True, text=True
    )


def main():
    in_order = run("sort")
    print(", ".join(in_order.stdout.split()))

    letters = run(sys.executable, "-c", COUNT_LETTERS)
    print(f"{int(letters.stdout)} letters")

    search = run("sh", "-c", "sleep 0.2; grep -q Moby; exit $((40 + $?))")
    print(f"the search for Moby Dick ended with {search.returncode}")

    slow = subprocess.Popen(["sleep", "60"])
    try:
        slow.wait(timeout=0.3)
    except subprocess.TimeoutExpired:
        slow.terminate()
    print(f"the nap was ended by signal {-slow.wait()}")


if __name__ == "__main__":
    main()
