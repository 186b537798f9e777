/* Directions of connections between processes, and what their messages are called (pipe.c). */
#ifndef INTERLEAVE_PIPE_H
#define INTERLEAVE_PIPE_H
#include "core.h"

/* One direction. A queue between processes is one too: then its events, and waits for it, are the queue's. */
typedef struct Pipe {
    uint32_t refs;
    uint32_t serial;   /* 0 = nothing has been told of it */
    uint16_t kind;
    uint16_t get, put; /* reasons to wait: for a message, for room */
    Shared *shared;    /* NULL: the other end does not know its name */
    Subject *subject;  /* of a queue: what its quiet locks speak for */
    bool quiet;        /* a pool's own: nothing of it is told; who waits here waits for … */
    uint32_t pool;     /* … this; 0 = not yet known */
    struct Pipe *next;
    char key[152];
} Pipe;

/* What a Connection writes to and reads from. fd < 0: closed, or no Connection. out NULL: not decided before the first
 * message. Borrowed: hold what is used across a call. */
typedef struct {
    int fd;
    Pipe *out, *in;
} Ends;

Ends ends_of(PyObject *connection);
void ends_forget(PyObject *connection); /* it has just been made: whatever had its descriptor is gone */
extern __thread bool pipes_quiet; /* what this thread makes now is a pool's own, in whichever process it is used */
void ends_wait_for(PyObject *connection, uint32_t pool);
void ends_pair(PyObject *a, PyObject *b); /* of one socketpair */
/* The first message: `outwards` = it goes out. */
Ends ends_decide(PyObject *connection, PyObject *message, Py_ssize_t size, bool outwards);
static inline Pipe *pipe_hold(Pipe *p) { return p->refs++, p; }
void pipe_drop(Pipe *p);
/* Before the first event on it. `site`: where it was made; the first of all processes tells `new`. */
void pipe_tell(Pipe *p, uint16_t flags, uint32_t site, uint32_t arg);
void pipe_tell_end(PyObject *connection, Pipe *p); /* the same, with the place where the connection was made */
static inline uint32_t pipe_awaited(const Pipe *p) { return p->quiet ? p->pool : p->serial; }
bool ready(int fd, short events); /* at once; an error is readiness too */

/* A message being written or read: its number, or 0 when another process may have come in between. */
typedef struct {
    Shared *shared;
    uint32_t claim;
    bool sure;
} Turn;
Turn send_begin(Pipe *p);
uint32_t send_end(const Turn *t);
void send_undo(const Turn *t); /* nothing of it was written */
Turn receive_begin(Pipe *p);
uint32_t receive_end(const Turn *t);
void receive_nothing(Pipe *p, int fd); /* there was none to be read */
#endif
