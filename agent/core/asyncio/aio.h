/* asyncio: what its hooks share.
 *
 *   aio_loop.c   the queue of an event loop: steps begin and end, tasks become ready, and by whose doing
 *   aio_task.c   tasks: made, begun, ended        aio_wait.c aio_place.c   what a suspended task waits for
 *   aio_callback.c   which task a callback belongs to            aio_cancel.c   Task.cancel and uncancel
 *   aio_timeout.c   asyncio.timeout                              aio_complaint.c aio_unawaited.c   what was let go
 *   aio_eager.c  tasks that run before they are queued           aio_uvloop.c   the event loop of uvloop
 *   aio_lock.c aio_signal.c aio_queue.c   the library's own Lock, Semaphore; Event, Condition, Barrier; Queue
 *   aio_voice.c  whom such an object speaks for   aio_attribute.c  attributes whose changes are told
 *   known.c      what is known of an object       coroutine.c  suspended coroutines read in place */
#ifndef INTERLEAVE_AIO_H
#define INTERLEAVE_AIO_H
#include "condition.h"
#include "known.h"

typedef struct {
    Known known;          /* of the task object; NULL: it is over */
    uint32_t refs;
    uint32_t serial, seq; /* seq: of the task as an object */
    uint32_t site;       /* where it waited last; before that, its coroutine's function */
    PyObject *coroutine; /* borrowed from a task of _asyncio, which keeps it until it is over; NULL: to be asked for */
    PyObject *name;      /* as it was told; NULL: the default */
    uint32_t timeouts;   /* asyncio.timeout()s that would end what it waits for */
    bool begun;
} Task;

/* ── aio_task.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
Task *task_find(PyObject *task);              /* NULL: it has not been seen, or is none */
/* NULL: no memory. step: its first one, when it is not known yet. overdue: µs since a timer should have made it ready */
Task *task_ready(PyObject *task, bool step, uint32_t cause, uint32_t overdue);
void task_drop(Task *k);
Task *task_made_eagerly(PyObject *coroutine); /* its Task object is still to be made */
bool task_is(Task *k, PyObject *task);        /* now it is made: this is the object */
bool task_adopts(Task *k, PyObject *task);    /* whether it is this object, as far as its coroutine says */
void task_stillborn(Task *k);                 /* which came to nothing */
void task_begins(Task *k);   /* its next step */
bool task_is_done(const Task *k);
void task_ends(Task *k); /* tells it and forgets the task */
extern PyObject *c_task; /* _asyncio.Task; NULL: there is none */
void task_install(PyObject *asyncio);
void task_shutdowns(PyObject *loop); /* a class of loops: its coroutines that asyncio.run runs */

/* ── aio_callback.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
PyObject *task_of_handle(PyObject *handle, bool *step); /* borrowed; NULL: not a task's. step: not the end of a wait */
PyObject *task_of_callback(PyObject *callback, bool *step);
PyObject *callback_of(PyObject *handle); /* borrowed */
Py_ssize_t learn_offset(PyObject *object, PyObject *pointer); /* where in the object it lies; -1: it cannot be said */
bool callback_install(PyObject *asyncio);

/* ── aio_wait.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
void tell_suspend(Thread *t, Task *k, bool again); /* its step is over; again: it only lets others go first */
bool wait_install(PyObject *asyncio);

/* ── aio_place.c ────────────────────────────────────────────────────────────────────────────────────────────────── */
/* What the first argument of the library's coroutine is. */
typedef enum { NOTHING, VOICE, ONE_TASK, MANY_TASKS, GROUP, TODO, DELAY } Shape;

typedef struct {
    uintptr_t code;
    uint16_t why;
    Shape shape;
    bool timeout; /* its second argument: how long it waits, or None */
} Place;

const Place *place_of(uintptr_t code);
PyObject *shielded_by(PyObject *future); /* what shield() keeps from being cancelled, new; NULL: it is not shield's */
bool place_install(PyObject *asyncio);

/* ── aio_loop.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
void loop_step_over(void); /* whatever step this thread runs has ended */
Task *loop_task(PyObject *task); /* task_find, and the task that runs its first step while it is made */
void loop_lost(Task *k);   /* the task is gone in the middle of its step */
bool loop_install(PyObject *asyncio);
extern PyObject *deque_type;                     /* collections.deque, and C functions behind its methods */
extern PyCFunction deque_append, deque_popleft;
typedef struct {
    Task *task;
    uint32_t cause;
    bool again;
} Interrupted;
bool loop_steps(PyObject *loop); /* this thread runs a step of it */
Interrupted loop_interrupt(Task *inner);
void loop_resume(Interrupted outer, PyObject *made);
void loop_selects(PyObject *selector);
uint32_t loop_idles(PyObject *selector); /* the loop whose selector it is, when that watches nothing but its wake-up; else 0 */
/* For a loop that keeps its callbacks for itself: */
Task *loop_queues(PyObject *task, bool step, uint32_t *cause);
bool loop_step(Task *k, uint32_t cause, PyObject *callback); /* true: loop_step_over when it has been called */

/* ── aio_uvloop.c ───────────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t *uvloop_serial(PyObject *loop); /* where the loop's is kept, 0 = it has not run yet; NULL: it is not uvloop's */

/* ── aio_voice.c ────────────────────────────────────────────────────────────────────────────────────────────────── */
Voice *voice_beside(PyObject *object); /* NULL: silent */
void voice_give(PyObject *object, Subject *s, uint16_t why); /* why: of those who wait in it; 0: it depends */
void voice_give_inner(PyObject *object, const char *attribute, Subject *s, uint16_t why);
Subject *voice_made(PyObject *object, uint16_t kind, uint16_t why, uint32_t arg, int calls); /* borrowed; NULL: silent */
void tell_by(uint32_t actor, Subject *s, uint32_t kind, uint32_t flags, uint32_t arg); /* what settles order: with a seq */
static inline void tell(Subject *s, uint32_t kind, uint32_t flags, uint32_t arg) { tell_by(actor_here(), s, kind, flags, arg); }

/* ── aio_attribute.c ────────────────────────────────────────────────────────────────────────────────────────────── */
typedef void (*Changed)(PyObject *self, PyObject *before, PyObject *after);
bool attribute_tell(PyObject *cls, const char *name, Changed changed);

bool cancel_install(PyObject *asyncio);
bool eager_install(PyObject *asyncio);
bool timeout_install(PyObject *asyncio);

/* ── aio_complaint.c ────────────────────────────────────────────────────────────────────────────────────────────── */
void complaint_may_come(PyObject *task, uint32_t serial); /* the task is over, the object not yet gone */
bool complaint_install(PyObject *asyncio);
bool complaint_hook_uvloop(PyObject *loop);

bool aio_lock_hook(PyObject *locks);
bool aio_signal_hook(PyObject *locks);
bool aio_queue_hook(PyObject *queues);

#endif
