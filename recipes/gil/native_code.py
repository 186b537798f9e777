"""C code that lets go of the GIL: threads that do compute at once

Four clerks put new passwords into a file, each hashed slowly on purpose. The
hash is computed by C code that needs nothing of the interpreter and lets go of
the GIL meanwhile. Look at the lane of the GIL: free while the clerks work, and
held for moments between two passwords. Their lanes are busy at the same time,
as many of them as the machine has cores.

expect: nothing
"""

import hashlib
import threading

CLERKS = 4
PASSWORDS = 30
ITERATIONS = 40_000


def hash_passwords(clerk, hashes):
    for number in range(PASSWORDS):
        password = f"correct horse {clerk} battery {number}".encode()
        salt = f"{clerk}/{number}".encode()
        hashes[clerk, number] = hashlib.pbkdf2_hmac(
            "sha256", password, salt, ITERATIONS
        )


def main():
    hashes = {}
    clerks = [
        threading.Thread(
            target=hash_passwords, args=(clerk, hashes), name=f"clerk-{clerk}"
        )
        for clerk in range(1, CLERKS + 1)
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    print(f"{len(hashes)} passwords, the last {hashes[4, 29].hex()[:16]}…")


if __name__ == "__main__":
    main()
