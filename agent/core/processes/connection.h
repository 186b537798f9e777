/* What queues between processes (process_queue.c) and the pipes under them (connection.c) know of each other. */
#ifndef INTERLEAVE_CONNECTION_H
#define INTERLEAVE_CONNECTION_H
#include "pipe.h"

/* The item that this thread, a feeder, has taken from the queue's buffer and not yet sent. */
typedef struct {
    const Pipe *pipe;
    uint32_t number;
} Carried;
extern __thread Carried carried;
#endif
