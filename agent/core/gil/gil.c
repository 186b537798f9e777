/* Who has the GIL, exactly: in come two calls that CPython 3.10–3.14 makes while it takes or gives the GIL, out go gilWait,
 * gilTake and gilDrop. Both are made with the GIL's own mutex held (Python/ceval_gil.c), so nothing comes between what is
 * told and what is.
 *
 *   drop_gil   lock ─ locked = 0 ─ signal(cond) ───────────────────────────── unlock      gilDrop
 *   take_gil   lock ─ while locked: timedwait(cond) ─ locked = 1 ─ signal(switch_cond) ─ unlock   gilWait … gilTake
 *
 * Which conditions these are is learnt once: with a flag of this thread up the GIL is given and taken, and what is signalled
 * then is `cond`, then `switch_cond`. Interpreters with a GIL of their own have other ones: they are passed by, and a note
 * says that there are such.
 *
 * A call of a library that does nothing but give the GIL, wait, and take it again has one record for four: what is told when
 * it begins comes with the drop, what is told when it ends with the take (IL_FLAG_GIL), at exactly those times, and if nothing
 * came between, the beginning is written again with the end in it (IL_FLAG_RETURNED). */
#include "core.h"
#include "gil.h"
#include "interpose.h"
#include <errno.h>
#include <pthread.h>

enum { MOST_KEPT = 4 };

static __thread struct {
    uint64_t since;    /* it has the GIL since then */
    uint64_t switches; /* as many as when it began to wait, this time round */
    uint8_t kept;
    bool holds, waits, timed_out, asked, keeping, learning;
    struct {
        uint64_t time;
        uint16_t kind, flags;
    } events[MOST_KEPT];
} here __attribute__((tls_model("initial-exec")));

static __thread struct {
    enum { NO_LEAVE, BEGUN, GIVEN, TAKEN } state;
    Record *after; /* GIVEN, TAKEN: where the thread writes next if it has told nothing since the beginning; NULL: that was lost */
    Record begun;  /* what the drop writes, but for its time */
} leave __attribute__((tls_model("initial-exec")));

static pthread_cond_t *given, *taken;        /* what is signalled when the GIL is given, and when it is taken */
static pthread_cond_t *learnt[2];             /* in the order in which they were signalled */
static int signals;
static const char *why_not = "This Python was not asked.";
static bool silent; /* a forked child that has not said anything yet */

/* These change with the GIL's mutex held. */
static uint64_t last_drop, switches;
static void *last_taker;

/* ── events ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void say(uint64_t time, uint16_t kind, uint16_t flags) {
    if (unlikely(silent)) return;
    if (unlikely(here.kept == MOST_KEPT)) gil_tell();
    Thread *t = thread_me;
    if (likely(t && !here.keeping))
        emit_of(t, t->serial, time, kind, flags, 0, 0, 0, 0);
    else if (here.kept < MOST_KEPT)
        here.events[here.kept].time = time, here.events[here.kept].kind = kind, here.events[here.kept++].flags = flags;
}

void gil_keep(void) { here.keeping = true; }

void gil_tell(void) {
    here.keeping = false;
    Thread *t = thread_me;
    for (uint32_t i = 0; t && i < here.kept; i++)
        emit_of(t, t->serial, here.events[i].time, here.events[i].kind, here.events[i].flags, 0, 0, 0, 0);
    if (t) here.kept = 0;
}

uint64_t gil_first(uint64_t time) { return here.kept ? here.events[0].time : time; }

/* ── calls with one record ──────────────────────────────────────────────────────────────────────────────────────── */
often bool gil_leaves(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t site, uint32_t arg) {
    Thread *t = thread_me;
    if (unlikely(!given || silent || here.keeping || !t || leave.state)) return false;
    leave.begun = (Record){0, t->serial, object, seq, site, (uint16_t)kind, (uint16_t)(flags | IL_FLAG_GIL), arg};
    leave.state = BEGUN;
    return true;
}

/* Its record is under way. */
static inline void leave_begins(uint64_t time) {
    Thread *t = thread_me;
    leave.state = GIVEN;
    leave.begun.time = time;
    bool room = likely(t->left) || channel_refill(t, time);
    leave.after = room ? write_record(t, leave.begun, t->owner ? IL_UNDER_WAY : 0) + 1 : NULL;
}

/* The take stands alone after all. Late, if the thread has told of something since: that may be in MPI's handler of errors. */
void gil_took(void) {
    if (likely(leave.state != TAKEN)) return;
    leave.state = NO_LEAVE;
    say(thread_me->next == leave.after ? here.since : now(), IL_EV_GIL_TAKE, 0);
}

/* Writes the record of the beginning again, so that it says the end too (wire/record.ts). false: it cannot. */
static inline bool leave_ends(Thread *t, uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t arg) {
    const Record *begun = &leave.begun;
    uint64_t took = here.since - begun->time;
    if (unlikely(!t->owner || object != begun->object || (flags & 255) != IL_OUTCOME_DONE || took > UINT32_MAX)) return false;
    Record *r = leave.after - 1;
    Record ended = {.kind = begun->kind, .flags = (uint16_t)(begun->flags | IL_FLAG_RETURNED), .arg = begun->arg};
    if (kind == IL_EV_RECEIVE) {
        ended.kind = IL_EV_RECEIVE, ended.arg = arg;
        ended.flags = (uint16_t)(flags | (begun->flags & IL_FLAG_HAS_STACK) | IL_FLAG_GIL | IL_FLAG_RETURNED);
        r->seq = seq;
    }
    r->thread = (uint32_t)took;
    uint64_t word = ended.kind | (uint64_t)ended.flags << 16 | (uint64_t)ended.arg << 32;
    __atomic_store_n((uint64_t *)&r->kind, word, __ATOMIC_RELEASE);
    __atomic_store_n(t->committed, IL_RECORDS_PER_CHUNK - t->left, __ATOMIC_RELEASE);
    return true;
}

/* By itself: of a call for objects, or where something was told in between. */
rarely static void ends_apart(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t arg) {
    const Record *begun = &leave.begun;
    if (leave.state == BEGUN)
        emit(now(), begun->kind, begun->flags & ~IL_FLAG_GIL, begun->object, begun->seq, begun->site, begun->arg);
    gil_took();
    leave.state = NO_LEAVE;
    emit(now(), kind, flags, object, seq, 0, arg);
}

often void gil_back(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t arg) {
    Thread *t = thread_me;
    if (unlikely(leave.state != TAKEN || t->next != leave.after)) return ends_apart(kind, flags, object, seq, arg);
    leave.state = NO_LEAVE;
    if (!leave_ends(t, kind, flags, object, seq, arg)) emit(here.since, kind, flags | IL_FLAG_GIL, object, seq, 0, arg);
}

/* ── taken and given ────────────────────────────────────────────────────────────────────────────────────────────── */
/* Once more round the loop in take_gil. It asks the holder to drop the GIL when nobody else has got it in that time. */
static void waits(void) {
    if (!here.waits) {
        here.waits = true;
        say(now(), IL_EV_GIL_WAIT, 0);
    } else if (here.timed_out && here.switches == switches)
        here.asked = true;
    here.switches = switches;
}

static inline void takes(void) {
    if (unlikely(last_taker != &here)) last_taker = &here, switches++;
    clock_passed(last_drop);
    here.since = now();
    uint32_t flags = unlikely(here.waits) ? IL_FLAG_CONTENDED | (here.asked ? IL_FLAG_FORCED : 0) : 0;
    here.holds = true, here.waits = here.asked = here.timed_out = false;
    if (leave.state == GIVEN) {
        bool alone = unlikely(flags || thread_me->next != leave.after); /* or it would come before what was told in between */
        leave.state = alone ? NO_LEAVE : TAKEN;
        if (!alone) return;
    }
    say(here.since, IL_EV_GIL_TAKE, (uint16_t)flags);
}

/* A thread that has not begun as a Thread until now is not Python's, and will not: it is one from here on. It may have a
 * serial: nobody takes the GIL before this call is over. */
static inline void gives(void) {
    if (unlikely(!thread_me && !silent)) thread_first_seen();
    here.holds = false;
    gil_took();
    last_drop = now();
    if (likely(leave.state == BEGUN)) leave_begins(last_drop);
    else say(last_drop, IL_EV_GIL_DROP, 0);
}

/* A thread without the GIL takes or gives something of that kind: another GIL. */
rarely static void passes_by(void) {
    static bool said;
    int before = errno;
    if (!__atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
        say_note("An interpreter with a GIL of its own runs in this process: that GIL is not shown.");
    errno = before;
}

/* ── the two calls ──────────────────────────────────────────────────────────────────────────────────────────────── */
rarely static void signals_another(pthread_cond_t *cond) {
    if (here.learning && signals++ < 2) learnt[signals - 1] = cond;
    else if (given && !here.holds) passes_by();
}

often static int cond_signal(pthread_cond_t *cond) {
    if (likely(cond == taken)) takes(); /* take_gil keeps errno itself */
    else if (likely(cond == given)) gives();
    else signals_another(cond);
    return pthread_cond_signal(cond);
}

static int cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
    if (cond != given) return pthread_cond_timedwait(cond, mutex, until);
    waits();
    int answer = pthread_cond_timedwait(cond, mutex, until);
    here.timed_out = answer == ETIMEDOUT;
    return answer;
}

/* ── the process ────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool learn(void) {
    signals = 0;
    here.learning = true;
    PyThreadState *state = PyEval_SaveThread();
    PyEval_RestoreThread(state);
    here.learning = false;
    return signals == 2 && learnt[0] != learnt[1];
}

/* NULL: the GIL can be seen. */
static const char *learn_all(void) {
    PyObject *flags = PySys_GetObject("abiflags");
    if (flags && PyUnicode_FindChar(flags, 't', 0, PyUnicode_GetLength(flags), 1) >= 0)
        return "A free-threaded Python has no GIL to wait for.";
    void *inside = PyType_GetSlot(&PyType_Type, Py_tp_call); /* where the interpreter is: nobody stands in for that function */
    if (!interpose("pthread_cond_signal", cond_signal, inside) || !interpose("pthread_cond_timedwait", cond_timedwait, inside))
        return "The GIL is not shown: this Python's calls into the threads library cannot be followed.";
    if (!learn()) return "The GIL is not shown: this Python takes and gives it in a way that is not known.";
    pthread_cond_t *first[] = {learnt[0], learnt[1]};
    if (!learn() || learnt[0] != first[0] || learnt[1] != first[1])
        return "The GIL is not shown: this Python takes and gives it in a way that is not known.";
    return NULL;
}

static void say_whether(void) {
    Line l = line_of("gil");
    line_flag(&l, "exact", !why_not);
    if (why_not) line_utf8(&l, "why", why_not);
    line_send(&l);
}

void gil_start(bool wanted) {
    why_not = wanted ? learn_all() : "The GIL is not shown: the recording was asked to leave it out.";
    say_whether();
    if (why_not) return;
    here.holds = true;
    here.since = now();
    say(here.since, IL_EV_GIL_TAKE, 0);
    given = learnt[0], taken = learnt[1];
}

void gil_stop(void) { given = taken = NULL; }

/* The conditions stay where they are; who waited or kept something in the parent does not here. */
void gil_forked(void) {
    silent = true;
    here.kept = 0;
    here.keeping = here.waits = here.asked = false;
    leave.state = NO_LEAVE;
    here.since = now();
}

void gil_say_forked(void) {
    silent = false;
    say_whether();
    if (here.holds) say(here.since, IL_EV_GIL_TAKE, 0);
}
