"""Messages to and fro between two ranks, or a sum over all of them, timed by rank 0 from when all are there.
usage: timed_mpi.py ping-pong|allreduce OPERATIONS BYTES   (by mpiexec)
prints the nanoseconds it took, by the wall and of the processor time of all ranks
"""

import sys
import time

from mpi4py import MPI

world = MPI.COMM_WORLD


def ping_pong(n, size):
    data, other = bytearray(size), 1 - world.rank
    if world.rank == 0:
        for _ in range(n):
            world.Send(data, other, 7)
            world.Recv(data, other, 7)
    else:
        for _ in range(n):
            world.Recv(data, other, 7)
            world.Send(data, other, 7)


def allreduce(n, size):
    mine, total = bytearray(size), bytearray(size)
    for _ in range(n):
        world.Allreduce([mine, MPI.INT], [total, MPI.INT])


kind = {"ping-pong": ping_pong, "allreduce": allreduce}[sys.argv[1]]
n, size = int(sys.argv[2]), int(sys.argv[3])
kind(n // 20, size)  # ways and buffers are there
world.Barrier()
begun, used = time.perf_counter_ns(), time.process_time_ns()
kind(n, size)
took, used = time.perf_counter_ns() - begun, time.process_time_ns() - used
used = world.reduce(used)
if world.rank == 0:
    print(took, used, flush=True)
