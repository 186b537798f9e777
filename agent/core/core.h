/* The core: what the hooks share. One process, one interpreter, one GIL.
 *
 *   here         channel.c channel.h  the event file: records, chunks, growth, fork, lost    names.c  the side file: JSON lines
 *                site.c stack.c frames.c  where a call is made               native.c  be like what we stand for
 *                shared.c  what several processes count together             known.c   what is put beside an object
 *                host.c  which machine and which clock
 *                subject.c  whom quiet locks speak for                       block.c   wait for a lock as CPython does
 *                told.c around.c  what libraries hooked in Python say, and where they listen
 *                ranges.c  what the program says by NVTX that it does
 *                works.c  what kernels are called     hidden.c  who writes for devices    away.c  where who has no GIL was
 *                items.c queue_kinds.c  which put an item came from, and the three classes of queues
 *   threads/     locks, conditions, semaphores, events, barriers, queues, threads and their sleep, one kind a file
 *   gil/         who has the interpreter's lock, by the calls that interpose.c leads through it
 *   processes/   the ways to start and end one, multiprocessing's locks (semlock.c, synchronize.c), and what travels
 *                between them (pipe.c, connection.c, process_queue.c, shared_memory.c)
 *   pools/       jobs of concurrent.futures and multiprocessing.pool
 *   asyncio/     loops, tasks, what they wait for, and the objects between them
 *   mpi/         ranks of mpi4py: their messages, collectives and windows
 *   opencl/      PyOpenCL: commands of queues, what devices say of them, their memory
 *   cuda/        CUDA of whatever library: what CUPTI says of calls and of devices
 *
 * Every event is emitted under the GIL, or by a thread that writes only to its own chunk. */
#ifndef INTERLEAVE_CORE_H
#define INTERLEAVE_CORE_H
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include "clock.h"
#include "wire.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define rarely __attribute__((cold, noinline)) /* a function whose code is kept out of the way of what is done often */
#define often __attribute__((hot)) /* one on the way of every call: these lie together, in few cache lines and pages */

static inline uint32_t saturated(uint64_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }

#include "channel.h"

/* ── host.c ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
const char *host_name(void);
const char *host_clock(void); /* processes that read the same clock say the same */

/* ── shared.c ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What the processes of a run that read one clock count together about one object. Counters only grow. */
typedef struct {
    uint64_t key;            /* hash of its name; 0 = the slot is free */
    uint32_t seq;            /* events on it that settle order */
    uint32_t sent, received; /* messages of a channel */
    uint32_t cause;          /* seq of the last event that let a waiter go */
    int32_t depth;
    union {
        uint32_t kind;       /* of a semaphore: what the program made it for; 0 = nothing of its own */
        uint32_t spare;
    };
} Shared;
/* The object of that name, the same in every process of the run; `key` is unique in the run. NULL: the page cannot be
 * mapped or is full; then its events have seq 0. */
Shared *shared_find(const char *key);
Shared *shared_known(const char *key); /* NULL also when nobody has asked for it by shared_find */
static inline uint32_t shared_count(uint32_t *counter) { return __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL); }
static inline uint32_t shared_seq(Shared *s) { return s ? shared_count(&s->seq) : 0; }
uint64_t shared_hash(const char *key); /* never 0 */
void shared_say(uint32_t serial, const char *key); /* the side file's line: before the first record of the serial */

/* ── names.c ────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    char *text;
    size_t length, room;
} Line;
Line line_of(const char *kind);
void line_number(Line *l, const char *key, int64_t value);
void line_text(Line *l, const char *key, PyObject *text); /* a str; anything else is left out */
void line_utf8(Line *l, const char *key, const char *text);
void line_flag(Line *l, const char *key, bool value);
void line_raw(Line *l, const char *json);
void line_list(Line *l, const char *key); /* its items by line_raw or line_text(l, NULL, …), then line_raw(l, "]") */
void line_send(Line *l); /* writes it, and frees it */
void names_in(const char *path); /* the side file from now on */
void say_object_name(uint32_t serial, const char *name);
void say_note(const char *text);
void say_note_at(const char *text, uint32_t site); /* "{place}" in it becomes "app.py:12" */

/* ── frames.c ───────────────────────────────────────────────────────────────────────────────────────────────────── */
bool frames_learn(const char **why_not); /* once, called from a Python function; false: only the slow API may be used */

/* ── site.c ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t id;   /* 0 = unknown */
    bool own;      /* false: the library or the import system did it for itself */
    bool internal; /* the site is a line of the standard library */
} Site;
/* The frame that calls a library written in C, while that works: what is made with no other frame in between is its own. */
extern __thread const char *library_caller __attribute__((tls_model("initial-exec")));
enum { ANY_CALLS = 1000 };
bool sites_start(PyObject *stdlib, PyObject *agent);
/* Slow or fast, always an answer. `calls` of the library's hooked modules may lie between the program and here; behind
 * more, or behind the import system, it was not the program's own doing. */
Site site_find(int calls);
static inline uint32_t internal_flag(Site s) { return s.internal ? IL_FLAG_INTERNAL : 0; }
extern bool sites_fast;
uint32_t site_here_fast(void);
static inline uint32_t site_here(void) { return likely(sites_fast) ? site_here_fast() : 0; }
/* The same for an event of that kind. Of some no store keeps a line: the walk up the frames, of which a library has dozens, is
 * spared. Who tells one of them by name passes 0. */
static inline uint32_t site_of_kind(uint32_t kind) {
    switch (kind) {
    case IL_EV_RELEASE: case IL_EV_SET: case IL_EV_CLEAR: case IL_EV_ARRIVE: case IL_EV_GET: case IL_EV_TASK_DONE:
    case IL_EV_ACCEPT: case IL_EV_JOB_END: case IL_EV_RESULT: return 0;
    default: return site_here();
    }
}
bool sites_pass_over(PyObject *folder); /* code in it is a library's own; false: an exception is set */
uint32_t site_of_function(PyObject *function); /* of its first line; 0 = unknown or the library's own */
/* of the first line of its function, whoever wrote it; whether that is a library that is hooked in Python */
uint32_t site_of_coroutine(PyObject *coroutine, PyObject *code, bool *hooked);

/* ── works.c ────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t n; /* 0 = not said; at most 3 */
    size_t of[3];
} Sizes;
typedef struct {
    const void *key;
    char *name;
    uint64_t hash;
    Sizes global, local; /* of its last launch */
    uint32_t work;
} Kernel;
enum { KERNELS = 256 };
Kernel *kernel_slot(Kernel *kernels, const void *key); /* of KERNELS; it may be another one's */
void kernel_named(Kernel *k, const void *key, char *name); /* takes the name, from malloc */
uint32_t kernel_work(Kernel *k, Sizes global, Sizes local);
uint32_t next_work(void); /* of a `work` line: kernels and ranges count together */
void works_forget(void);

/* ── hidden.c ───────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    Thread thread; /* begun, and no actor */
    uint64_t last;
} Hidden;
uint64_t hidden_time(Hidden *h);
void hidden_reach(Hidden *h, uint32_t actor, uint32_t stream, uint32_t number, uint64_t time, uint32_t stage, uint64_t at);

/* ── away.c ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t site_left(void);             /* of the program's line, whether this thread has the GIL or gave it away; 0 = unknown */
void device_wait_begins(uint64_t time, uint32_t stream); /* there; 0 = of several streams, or not known */
void device_wait_ends(uint64_t time, uint32_t stream, bool failed, uint32_t number); /* 0 = for which command is not known */
bool away_inside(void *inside);       /* the library that has this address; false: it never gives it away */
void away_under(const char *folder);  /* the libraries that are loaded from there */
void away_forget(void);

/* ── stack.c ────────────────────────────────────────────────────────────────────────────────────────────────────── */
void stacks_start(uint32_t depth);
/* The present stack, 0 = none, and the line where it ends. A wait's record has the stack's number where it has one. */
typedef struct {
    uint32_t site, stack;
} Whereabouts;
Whereabouts stack_here(void);
static inline uint32_t stack_flag(Whereabouts w) { return w.stack ? IL_FLAG_HAS_STACK : 0; }
static inline uint32_t stack_or_site(Whereabouts w) { return w.stack ? w.stack : w.site; }
enum { STACK_DEEPEST = 64 };
typedef struct {
    uint32_t n, sites[STACK_DEEPEST]; /* of calls from the outermost on; of more, the innermost are there */
} Calls;
static inline void calls_add(Calls *c, uint32_t site) { c->sites[c->n++ % STACK_DEEPEST] = site; }
uint32_t stack_of(const Calls *c); /* 0 = none */

/* ── block.c ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A lock that only holders of the GIL take, but for threads that wait: those wake without it and take the gate first.
 * So while nobody waits, taking and giving are plain loads and stores; `waiters` changes under the GIL only. */
typedef struct {
    uint32_t taken, waiters;
    uint32_t forks;          /* as many as when someone last waited */
    uint32_t called;         /* someone has been called from `door` and has not come in yet */
    PyThread_type_lock door; /* where they wait; made when first needed */
} Gate;

static inline bool gate_try(Gate *g) {
    uint32_t open = 0;
    if (likely(g->waiters == 0)) return g->taken ? false : (g->taken = 1);
    return __atomic_compare_exchange_n(&g->taken, &open, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
void gate_call(Gate *g);
extern uint32_t forks; /* how many lie between this process and the first */
static inline void gate_give(Gate *g) {
    if (likely(g->waiters == 0))
        g->taken = 0;
    else
        gate_call(g);
}
void gate_free(Gate *g);

typedef struct {
    bool blocking;
    long long timeout_ns; /* -1 = for ever */
} Patience;
typedef enum { GOT, TIMED_OUT, RAISED } Outcome;
/* make: the native lock's maker. false: not valid, and the exception is set */
bool patience_parse(PyObject *make, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Patience *p);
static const Patience for_ever = {true, -1};
/* `until` = when it was over, which is before the GIL was back: gil_tell() follows the events of that time. */
Outcome gate_wait(Gate *g, const Patience *p, uint64_t *until);
static inline uint32_t outcome_flag(Outcome o) {
    return o == GOT ? IL_OUTCOME_DONE : o == TIMED_OUT ? IL_OUTCOME_TIMED_OUT : IL_OUTCOME_RAISED;
}
/* A wait that gives up by itself after a time: `timed` beside its reason. */
static inline uint32_t timed(bool has_timeout) { return has_timeout ? IL_FLAG_TIMED : 0; }
static inline uint32_t timed_by(PyObject *timeout) { return timed(timeout && timeout != Py_None); }
uint32_t emit_wait(uint64_t time, uint32_t why, uint32_t object, uint32_t holder); /* out: the line that waits */
void emit_wake(uint64_t time, Outcome how, uint32_t object, uint32_t cause);

/* ── native.c ───────────────────────────────────────────────────────────────────────────────────────────────────── */
const char *doc_of(PyObject *native); /* NULL: it has none */
PyMethodDef *methods_like(PyObject *native, const PyMethodDef *ours); /* docs and signatures of the native ones */
void stand_for(PyObject *type, PyObject *native); /* isinstance(native object, type) holds */
bool stood_for(PyObject *native);
PyObject *call(PyObject *f, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *function_named(const PyMethodDef *def, PyObject *self, const char *module, PyObject *like);
PyObject *argument(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Py_ssize_t place, const char *name);
bool posix_replace(const PyMethodDef *def, PyObject **native); /* in posix and os; *native NULL: there is none */
bool method_replace(PyObject *cls, const PyMethodDef *def, PyObject **original);

/* ── subject.c: whom quiet locks speak for ──────────────────────────────────────────────────────────────────────── */
struct Items;
typedef struct Subject {
    uint32_t refs, serial, seq;
    uint16_t kind;
    bool common;         /* several processes have it: `shared` counts its events, or nobody does */
    bool ended;          /* a thread: threadEnd is written */
    bool overridden;     /* a queue of a class with its own _put or _get */
    struct Items *items; /* a queue: which put its items came from */
    Shared *shared;
} Subject;
Subject *subject_new(uint16_t kind);
Subject *subject_shared(uint16_t kind, const char *key); /* and says what it is called among processes */
static inline uint32_t subject_seq(Subject *s) { return unlikely(s->common) ? shared_seq(s->shared) : ++s->seq; }
/* The same for an event that lets waiters go: those of other processes find it as their cause. */
static inline uint32_t subject_cause(Subject *s) {
    uint32_t seq = subject_seq(s);
    if (s->shared) s->shared->cause = seq;
    return seq;
}
static inline Subject *subject_hold(Subject *s) {
    if (s) s->refs++;
    return s;
}
void subject_drop(Subject *s);

/* ── lock.c, rlock.c ────────────────────────────────────────────────────────────────────────────────────────────── */
/* VISIBLE: the program's own. SILENT: made by threading.py or the import system for themselves. INNER: the lock in a
 * queue, semaphore, event or barrier: only being kept waiting by it is told, as a wait for its subject.
 * WAITER: what Condition.wait blocks on: the wait is the subject's, for the condition's reason. */
typedef enum { VISIBLE, SILENT, INNER, WAITER } Role;
typedef struct {
    PyObject_HEAD
    Gate gate;
    PyObject *weakrefs;
    uint32_t serial, seq;
    uint32_t owner; /* serial of the thread that holds it */
    uint32_t cause; /* WAITER: seq of the subject's event that let it go; before that, of the last one. Of a future: who did */
    Subject *subject;
    uint8_t role;
    uint16_t why; /* WAITER: the reason to wait */
} Lock;
extern PyTypeObject *lock_type, *rlock_type;
bool lock_install(PyObject *module_thread);
bool rlock_install(PyObject *module_thread);
void lock_speak_for(PyObject *lock, Subject *s);
extern __thread bool condition_making; /* this thread is in Condition.__init__: an RLock made now is the program's */
/* semlock.c: a quiet lock or semaphore of multiprocessing. Being kept waiting by it is told as a wait for `s`. */
void semlock_speak_for(PyObject *lock, Subject *s, uint16_t why);
uint32_t lock_serial(PyObject *lock); /* of a Lock or RLock of ours, else 0 */
bool thread_install(PyObject *module_thread);
bool threads_own(PyObject *type);
void say_error(uint32_t thread, PyObject *type, PyObject *value); /* nobody caught it */
void say_main_name(void);
bool sleep_install(void);
bool exit_install(void);
bool spawn_install(void);
bool reap_install(void);
bool system_install(void);

/* ── child.c, process.c ─────────────────────────────────────────────────────────────────────────────────────────── */
void child_started(uint64_t since, uint32_t how, long pid, PyObject *argv); /* argv: its command line, or NULL */
void child_ended(long pid, bool signalled, int code); /* nothing when it is no living child */
uint32_t child_serial(long pid);                      /* 0: the same */
extern __thread PyObject *process_starting; /* name of the multiprocessing.Process whose start() this thread is in */
extern __thread bool exec_follows;          /* a fork that this thread makes now is there only for another program */
bool part_of_wait(void); /* the library sleeps, polls or reads for a wait that is told as a whole: tell no other */
void say_process_name(PyObject *name);
void say_server_name(void);

bool told_add(PyObject *module); /* told.c: what libraries hooked in Python call */
PyObject *could_not(void);       /* the exception becomes a note; None */
PyObject *around(PyObject *core, PyObject *args, PyObject *kwargs);

/* ── the hooks of the library's own Python modules, called when those have been imported ────────────────────────── */
bool hook_threading(PyObject *module);
bool hook_queue(PyObject *module);
bool hook_futures(PyObject *module);
bool hook_thread_executor(PyObject *module);
bool hook_process_executor(PyObject *module);
bool hook_pool(PyObject *module);
bool hook_connection(PyObject *module);
bool hook_process_queue(PyObject *module);
bool hook_shared_memory(PyObject *module);
bool hook_asyncio(PyObject *module);
bool hook_uvloop(PyObject *module);
bool hook_selectors(PyObject *module);
bool hook_signal(PyObject *module);
bool hook_warnings(PyObject *module);
bool hook_posixsubprocess(PyObject *module);
bool hook_subprocess(PyObject *module);
bool hook_process(PyObject *module);
bool hook_popen_forkserver(PyObject *module);
bool hook_semlock(PyObject *module);
bool hook_synchronize(PyObject *module);
bool hook_sharedctypes(PyObject *module);
bool hook_mpi(PyObject *module);
bool hook_nvtx(PyObject *module);
bool hook_opencl(PyObject *module);
void harvest(void);    /* what devices have said by now is told */
void opencl_harvest(void), cuda_harvest(void);
void opencl_end(void), cuda_end(void); /* the same, and no more is heard */
void cuda_prepare(const char *libcupti); /* to record CUDA from its first use on */
void cuda_leave(const char *to);         /* somebody else wants CUPTI */
void main_thread_ends(void); /* once; what follows is not the program's any more */

#endif
