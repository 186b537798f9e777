"""Send and receive at once

Four ranks hand their results to the next one, and take those of the one
before. `Sendrecv` does both at a time, so that nobody has to be first; what is
sent may be as large as it likes. (As good: `Isend` and `Irecv` and then
`Waitall`; or every second rank receives first.) Look at the arrows: each rank
has one from its neighbour on one side and one to that on the other.

start: mpiexec -n 4 python {recipe}

expect: nothing
"""

import faulthandler

from mpi4py import MPI

BYTES = 4 << 20


def exchange(comm, results):
    rank, size = comm.Get_rank(), comm.Get_size()
    received = bytearray(BYTES)
    comm.Sendrecv(
        results,
        dest=(rank + 1) % size,
        recvbuf=received,
        source=(rank - 1) % size,
    )
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
