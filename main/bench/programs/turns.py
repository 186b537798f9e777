"""What a program does that takes turns with another one of its kind (bench/turns.ts): a batch of its work whenever a byte comes
by the socket that the environment names, then a line with the nanoseconds it took, by the wall and of processor time.
"""

import os
import socket
import time


def take_turns(batch, processor_ns=time.process_time_ns):
    with socket.socket(socket.AF_UNIX) as bench:
        bench.connect(os.environ['TURNS'])
        while bench.recv(1):
            used, begun = processor_ns(), time.perf_counter_ns()
            batch()
            took, used = time.perf_counter_ns() - begun, processor_ns() - used
            bench.sendall(f'{took} {used}\n'.encode())
