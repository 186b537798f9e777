/* mpi4py: what its hooks share. Every method of its classes that moves something between ranks is one of ours in C, which
 * writes a record or two and calls the original.
 *
 *   mpi_methods.c     the methods, and how ours come into the places of the originals
 *   mpi_world.c       the MPI that runs: its constants, handles, the layout of a Status; which rank this process is
 *   mpi_comm.c        communicators        mpi_channel.c   messages of one tag between two ranks, and their numbers
 *   mpi_message.c     calls that send or receive and come back when that is done
 *   mpi_request.c     calls that come back at once; mpi_complete.c   the waits and tests that end them
 *   mpi_collective.c  what all ranks of a communicator call        mpi_window.c   memory of other ranks
 *
 * All of it runs under the GIL; the originals give it away while MPI works. What is done between a message that has come and the
 * next that goes is waited for by two ranks; what is done before a rank waits costs nothing, for else it would only look for a
 * message once more. So that first way is kept short: what a call is given is known from the call before, by identity. */
#ifndef INTERLEAVE_MPI_H
#define INTERLEAVE_MPI_H
#include "frames.h"
#include "gil.h"

/* ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef PyObject *(*Native)(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
typedef struct {
    const char *cls, *name;
    Native ours, native;
    int8_t what, place; /* as each file reads them */
} Method;
typedef struct {
    const Method *method;
    PyObject *self, *const *args;
    Py_ssize_t nargs;
    PyObject *kwnames;
} Call;
/* Methods for objects are written small, those for buffers with a capital letter. */
static inline bool for_objects(const Call *c) { return c->method->name[0] >= 'a'; }
static inline PyObject *native(const Call *c, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    if (!for_objects(c)) return c->method->native(c->self, args, nargs, kwnames); /* these make nothing that is hooked */
    const char *outer = library_caller;
    library_caller = likely(sites_fast) ? frame_top() : NULL;
    PyObject *answer = c->method->native(c->self, args, nargs, kwnames);
    library_caller = outer;
    return answer;
}
static inline PyObject *go_on(const Call *c) { return native(c, c->args, c->nargs, c->kwnames); }
static inline PyObject *go_on_with(const Call *c, PyObject *const *args, Py_ssize_t nargs) { return native(c, args, nargs, NULL); }

/* What a method may be called with, by place. */
enum { MOST_PLACES = 7 };
typedef struct {
    int places, required;
    const char *names[MOST_PLACES];
} Form;
bool named_arguments(const Call *c, const Form *form, PyObject **to); /* those with names, beside the others */
/* false: not to be understood, so the original will say what is wrong. What is not given is NULL. */
static inline bool arguments(const Call *c, const Form *form, PyObject **to) {
    if (unlikely(c->nargs > form->places)) return false;
    for (int i = 0; i < form->places; i++) to[i] = i < c->nargs ? c->args[i] : NULL;
    return likely(!c->kwnames) ? c->nargs >= form->required : named_arguments(c, form, to);
}
bool int_of(PyObject *object, int otherwise, int *to); /* NULL: `otherwise` */

/* ── mpi_world.c ────────────────────────────────────────────────────────────────────────────────────────────────── */
extern struct Mpi {
    PyObject *module, *comm, *request, *message, *win, *status, *group; /* the classes */
    PyObject *exception, *world, *world_group;
    PyObject *any_source_object, *any_tag_object;
    int any_source, any_tag, proc_null, root, undefined;
    uint64_t null_comm, null_request;
    size_t handle_bytes; /* 4 or 8 */
    int rank, size; /* in the world; size 0: not known yet */
    char job[96];   /* the world's name, the same in all its ranks and in no other world of the run */
} mpi;
bool mpi_learn(PyObject *module);
bool world_known(void); /* MPI has been started; says which rank this process is, once */
/* Every class keeps its handle first, after what every object has. */
static inline uint64_t handle_of(PyObject *object) {
    const void *at = object + 1;
    return mpi.handle_bytes == 4 ? *(const uint32_t *)at : *(const uint64_t *)at;
}
typedef struct {
    int source, tag;
    uint32_t bytes; /* saturates */
} Got;
Got status_read(PyObject *status);
PyObject *status_take(void); /* one of ours, a reference; NULL: there is none */
void status_give_back(PyObject *status);
static inline bool status_missing(PyObject *argument) { return !argument || argument == Py_None; }
typedef enum { TAKEN, NOT_TAKEN, WHO_KNOWS } Taken;
rarely Taken was_taken(const Call *c); /* whether the message has been received, although an exception is on its way */

/* ── mpi_comm.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
struct Post;
struct Channel;
typedef struct Communicator {
    struct Communicator *next;
    uint64_t handle;
    uint32_t serial, entered;    /* collectives that this rank has entered on it */
    uint32_t windows;
    int rank, size, peers;       /* peers: how many ranks a message may go to; of an intercommunicator those of the other side */
    int32_t *world, *peer_world; /* the members' ranks in the world; NULL: not all are of it */
    bool lasting;                /* MPI's own: world and self */
    bool inter;                  /* between two groups of ranks */
    bool lost;                   /* a receive that may have taken any message is not known to have ended: no number is certain */
    struct Post *first, **last;  /* receives whose numbers are not known yet, as they were posted */
    struct Channel *in, *out;    /* that were used last */
    char key[128];               /* "": known to this process only */
    char name[96];
} Communicator;
bool is_communicator(PyObject *object);
extern struct LastCommunicator {
    PyTypeObject *type;
    Communicator *is;
} last_communicator;
Communicator *communicator_find(PyObject *comm);
static inline Communicator *communicator_of(PyObject *comm) { /* NULL: nothing is told of what it does */
    const struct LastCommunicator *last = &last_communicator;
    bool same = last->is && last->type == Py_TYPE(comm) && last->is->handle == handle_of(comm);
    return likely(same) ? last->is : communicator_find(comm);
}
Communicator *communicator_made(PyObject *comm, Communicator *parent, const char *how, int colour);
void communicator_due(PyObject *comm, const Communicator *parent); /* `comm` is being made by all of `parent` */
void communicator_forget(uint64_t handle);
void say_members(uint32_t serial, const int32_t *ranks, int n);

/* ── mpi_channel.c ──────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct Channel {
    struct Channel *next;
    Communicator *comm;
    int peer, tag;
    PyObject *peer_object, *tag_object; /* ints that a call had for them, held; NULL: none yet */
    bool out;
    bool lost;           /* its numbers are not certain any more */
    uint32_t serial;
    uint32_t count;      /* messages that this rank has sent into it, or received from it */
    uint32_t calls;      /* sends that are under way in some thread */
    struct Post *inside; /* the last receive whose call is under way */
} Channel;
Channel *channel_find(Communicator *c, int peer, int tag, bool out);
static inline Channel *channel_of(Communicator *c, int peer, int tag, bool out) { /* NULL: there is no such rank */
    Channel *last = out ? c->out : c->in;
    return likely(last && last->peer == peer && last->tag == tag) ? last : channel_find(c, peer, tag, out);
}
/* An int does not change: a call that has the very objects of the one before means the same channel. */
static inline bool means_again(const Call *c, const Channel *last) {
    return last && c->nargs == 3 && !c->kwnames && c->args[1] == last->peer_object && c->args[2] == last->tag_object;
}
void channel_remember(Channel *c, PyObject *peer, PyObject *tag);
uint32_t awaited(Communicator *comm, int source, int tag);
uint32_t send_begins(Channel *c); /* its number, 0 = not certain */
void send_returns(Channel *c, uint32_t number, bool sent);

/* A receive, from where it is posted until its number is known and told. */
typedef struct Post {
    struct Post *next;
    Communicator *comm;
    Channel *channel; /* NULL: not known yet */
    int source, tag;
    uint32_t number;
    bool queued, told;
    bool doubtful; /* another thread's was posted to the same channel meanwhile */
} Post;
Post *post_begins(Communicator *c, int source, int tag); /* NULL: no such rank */
Post *post_into(Communicator *c, Channel *channel, int source, int tag); /* channel NULL: of any */
void post_returns(Post *p);                  /* the call that posted it has come back */
void post_matched(Post *p, int source, int tag);
void post_told(Post *p);                     /* the last that is done with it */
rarely void post_undo(Post *p);              /* it has taken no message */
rarely void post_abandon(Post *p);           /* whether and what it takes will not be known */

/* ── what is told ───────────────────────────────────────────────────────────────────────────────────────────────── */
/* A call for buffers gives the GIL at once, and is over when it has it again: one record (gil.c). One for objects pickles
 * before, or unpickles after, which may run any code; for what else may run some, as a collective with an operation written in
 * Python, `c` is NULL. */
static inline void tell_begin(const Call *c, uint32_t kind, uint32_t flags, uint32_t object, uint32_t number, uint32_t arg) {
    Whereabouts at = stack_here();
    flags |= stack_flag(at);
    if (!c || for_objects(c) || !gil_leaves(kind, flags, object, number, stack_or_site(at), arg))
        emit(now(), kind, flags, object, number, stack_or_site(at), arg);
}
static inline void tell_wait(uint32_t why, uint32_t object) { tell_begin(NULL, IL_EV_WAIT, why, object, 0, 0); }
static inline void tell_wake(uint32_t object, bool done) {
    gil_back(IL_EV_WAKE, done ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED, object, 0, 0);
}
static inline uint32_t serial_of(const Channel *c) { return c ? c->serial : 0; }

/* ── mpi_request.c ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* What is under way behind a Request, or the message in hand behind a Message; found by the object's address and handle. */
typedef struct Operation {
    struct Operation *next;
    PyObject *object; /* without a reference: it lives as long as the program wants */
    uint64_t handle;
    enum { SEND, RECEIVE, COLLECTIVE, MESSAGE } kind;
    bool active, persistent, cancelled;
    Communicator *comm;
    Channel *channel; /* SEND */
    Post *post;       /* RECEIVE, MESSAGE */
    int source, tag;  /* RECEIVE that is persistent */
    uint32_t object_serial, number; /* COLLECTIVE: of what, and which */
    uint16_t flags;
} Operation;
void operation_put(PyObject *object, Operation o);
Operation *operation_of(PyObject *object);
void operation_drop(Operation *o);    /* what it stands for goes on elsewhere */
void operation_abandon(Operation *o); /* nobody will say how it ended */

/* ── mpi_collective.c ───────────────────────────────────────────────────────────────────────────────────────────── */
/* `c` as of tell_begin. Out: its number. */
uint32_t collective_enters(const Call *c, uint32_t serial, uint32_t *entered, uint32_t flags, uint32_t bytes);
void collective_leaves(const Call *c, uint32_t serial, uint32_t *entered, uint32_t number, bool done);
uint32_t collective_begins(const Operation *o); /* nonblocking */
uint32_t bytes_of(PyObject *buffer);             /* 0: not known */

/* ── the calls ──────────────────────────────────────────────────────────────────────────────────────────────────── */
Channel *channel_to(const Call *c); /* NULL: not a message, or not to be understood */
PyObject *send_blocking(const Call *c);
PyObject *send_buffered(const Call *c);
PyObject *receive_blocking(const Call *c);
PyObject *send_receive(const Call *c);
PyObject *probe(const Call *c);
PyObject *try_probe(const Call *c);
PyObject *take_message(const Call *c);
PyObject *message_receive(const Call *c);
PyObject *message_receive_later(const Call *c);
PyObject *send_later(const Call *c);
PyObject *receive_later(const Call *c);
PyObject *send_receive_later(const Call *c);
PyObject *send_prepared(const Call *c);
PyObject *receive_prepared(const Call *c);
PyObject *start(const Call *c);
PyObject *start_all(const Call *c);
PyObject *cancel_request(const Call *c);
PyObject *free_request(const Call *c);
PyObject *complete(const Call *c);
PyObject *collective(const Call *c);
PyObject *collective_later(const Call *c);
PyObject *collective_prepared(const Call *c);
PyObject *communicator_making(const Call *c);
PyObject *communicator_making_later(const Call *c);
PyObject *communicator_ending(const Call *c);
PyObject *communicator_named(const Call *c);
PyObject *window_making(const Call *c);
PyObject *window_together(const Call *c);
PyObject *window_access(const Call *c);
PyObject *window_wait(const Call *c);
enum { ONE, ANY, ALL, SOME };

#endif
