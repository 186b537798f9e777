"""Messages to and fro between two ranks, or a sum over all of them, in turns with another such program.
usage: timed_mpi.py ping-pong|allreduce OPERATIONS BYTES   (by mpiexec; OPERATIONS of one turn)
"""

import sys

from mpi4py import MPI
from turns import take_turns

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
take_turns(lambda: kind(n, size))
