"""PyCSP: any of many may read, and poison ends them all

Three diggers read fields from one channel and write what they find to another;
whoever is free takes the next field. The archivist is looking for a crown, and
then poisons the channel he reads: digger after digger learns it at the next
write, and poisons the fields in turn. Look at the arrows from poison to
those who had waited, and at how many fields were never dug.

expect: nothing
"""

import time

import pycsp_today  # noqa: F401
from pycsp.parallel import Channel, Parallel, poison, process, shutdown

FIELDS = 60
CROWN = 25


@process
def owner(fields):
    for field in range(FIELDS):
        fields(field)


@process
def digger(fields, finds):
    while True:
        field = fields()
        time.sleep(0.008 + 0.004 * (field % 3))
        finds("crown" if field == CROWN else "potsherd")


@process
def archivist(finds):
    seen = 1
    while finds() != "crown":
        seen += 1
    print(f"the crown is find number {seen}")
    poison(finds)


def main():
    fields, finds = Channel("fields"), Channel("finds")
    diggers = [digger(fields.reader(), finds.writer()) for _ in range(3)]
    Parallel(owner(fields.writer()), diggers, archivist(finds.reader()))
    shutdown()


if __name__ == "__main__":
    main()
