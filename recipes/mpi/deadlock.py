"""Everybody sends first: a deadlock

Four ranks hand their results to the next one, and take those of the one
before. All send first. A small message would be copied to somewhere and the
send be over; one of some megabytes waits until the other side receives, and
there everybody is still sending. Look at the lanes of the ranks: each waits
in its send for the next one, around in a ring. With small messages the same
program would work, until somebody has more to send. A watchdog ends it after
three seconds.

start: mpiexec -n 4 python {recipe}

expect: deadlock
"""

import faulthandler

from mpi4py import MPI

BYTES = 4 << 20


def exchange(comm, results):
    rank, size = comm.Get_rank(), comm.Get_size()
    received = bytearray(BYTES)
    comm.Send(results, dest=(rank + 1) % size)
    comm.Recv(received, source=(rank - 1) % size)
    return received


def main():
    faulthandler.dump_traceback_later(3, exit=True)
    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    results = bytearray([rank]) * BYTES
    received = exchange(comm, results)
    print(f"{rank} has the results of {received[0]}")


if __name__ == "__main__":
    main()
