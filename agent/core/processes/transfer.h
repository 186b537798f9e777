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
    bool patient;         /* whether it waits does not matter to anybody */
    /* what became of it */
    Turn turn;
    uint32_t number;
    Py_ssize_t size;
    bool begun, whole;
    bool waits;
    uint64_t since;
    /* of one that comes in */
    Py_ssize_t most; /* bytes that are wanted */
    char *ahead;     /* set while its length is read: where it goes if it is short … */
    size_t came;     /* … and how much of it was there then */
} Passage;

bool transfer_install(void);
PyObject *transfer_out(Passage *p, PyObject *message);
PyObject *transfer_in(Passage *p, Py_ssize_t most);
#endif
