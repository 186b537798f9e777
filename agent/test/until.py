"""For the programs of the tests: go on when that many waits have been recorded. A wait is written before the thread
blocks and while it holds the GIL, so whoever runs after it finds the thread blocked. Nothing here sleeps by time.sleep,
which would be recorded too. (A call that has returned is not looked for: wire/record.ts.)"""

import glob
import os
import select
import struct

HEADER, CHUNK, CHUNK_HEADER, RECORD, KIND, WAIT = 4096, 16384, 64, 32, 24, 20


def waits(n, pid=None, why=None):
    while count(pid, why) < n:
        select.select([], [], [], 0.0005)


def count(pid=None, why=None):
    """Of this process or that one, for any reason or that one."""
    found = 0
    for path in glob.glob(os.path.join(os.environ['INTERLEAVE_RUN'], f'{pid or os.getpid()}-*.events')):
        with open(path, 'rb') as file:
            file.seek(HEADER)
            while chunk := file.read(CHUNK):
                (committed,) = struct.unpack_from('<I', chunk)
                committed &= 0x7FFFFFFF  # the last may be under way
                starts = range(CHUNK_HEADER, CHUNK_HEADER + committed * RECORD, RECORD)
                for at in starts:
                    kind, reason = struct.unpack_from('<HB', chunk, at + KIND)
                    found += kind == WAIT and why in (None, reason)
    return found
