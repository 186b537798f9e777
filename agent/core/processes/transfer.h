/* One message on its way through a descriptor (transfer.c). */
#ifndef INTERLEAVE_TRANSFER_H
#define INTERLEAVE_TRANSFER_H
#include "pipe.h"

typedef struct {
    int fd;
    bool outwards;
    Pipe *pipe;           /* NULL: it has no name yet, or … */
    bool quiet, silent;   /* … no messages are told; nor waits */
    uint32_t why, object; /* of a wait */
    /* what became of it */
    Turn turn;
    uint32_t number;
    Py_ssize_t size;
    bool begun, whole;
    bool waits;
    uint64_t since;
} Passage;

bool transfer_install(void);
PyObject *transfer_out(Passage *p, PyObject *message);
PyObject *transfer_in(Passage *p, Py_ssize_t most);
#endif
