/* What devices say of commands that are over. In: events that are kept since their calls. Out: the four times of each, on the
 * run's clock, written by a thread of ours into a chunk of its own.
 *
 *   call ─→ pending of its stream ─→ every 4 ms: over? ─ yes → queued, submitted, started, ended; the event is let go
 *
 * The thread sleeps while nothing is out. (Rejected: clSetEventCallback. The driver wakes a thread of its own for each event:
 * 0.4 to 0.8 µs of a launch of 2 µs on PoCL, where keeping the event and asking later is not to be measured.) It blocks all
 * signals, knows nothing of Python, and ends before the driver does; a forked child begins without it and without what is out.
 * Two locks: `desk` for what calls leave here, held for some ns; `field` for harvesting, which whoever needs it does. */
#include "opencl.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_NS = 4000000, IDLE_TICKS = 16, MOST_OUT = 1 << 16 };

static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER, field = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell;
static pthread_t thread;
static bool running, sleeping, ending;
static Thread hidden = {.begun = true}; /* none of the program's: it is no actor */
static struct Arrival {
    Stream *stream;
    Pending pending;
} *arrivals, *spare;
static uint32_t arrived, arrivals_room, spare_room;

void opencl_lock(void) { pthread_mutex_lock(&desk); }
void opencl_unlock(void) { pthread_mutex_unlock(&desk); }

/* ── what one command says ──────────────────────────────────────────────────────────────────────────────────────── */
static uint64_t stamp(void) {
    static uint64_t last;
    clock_passed(last);
    return last = now();
}

static void tell(const Stream *s, uint32_t number, uint64_t time, uint32_t stage, uint64_t at) {
    uint64_t ago = at < time ? time - at : 0;
    emit_of(&hidden, 0, time, IL_EV_REACH, stage, s->serial, number, (uint32_t)(ago >> 32), (uint32_t)ago);
}

static void tell_over(Stream *s, const Pending *p, cl_int status) {
    uint64_t time = stamp(), at[4];
    for (int i = 0; i < 4; i++) {
        cl_ulong theirs = 0;
        if (cl.GetEventProfilingInfo(p->event, (cl_uint)(CL_PROFILING_QUEUED + i), sizeof theirs, &theirs, NULL)) theirs = 0;
        at[i] = theirs;
    }
    bool known = s->profiled && at[0] && at[3];
    if (known) {
        clock_between(s->device, at[0], p->called, p->returned);
        clock_between(s->device, at[3], 0, time);
    }
    uint64_t least = p->called;
    for (uint32_t i = 0; known && i < 4; i++) {
        if (!at[i]) continue;
        at[i] = clock_here(s->device, at[i]);
        if (i == 2 && s->in_order && least < s->last_end) least = s->last_end;
        if (at[i] < least) at[i] = least;
        if (at[i] > time) at[i] = time;
        least = at[i];
        if (i < 3) tell(s, p->number, time, IL_STAGE_QUEUED + i, at[i]);
    }
    if (known) s->last_end = at[3];
    tell(s, p->number, time, IL_STAGE_ENDED | (status < 0 ? IL_FLAG_FAILED : 0), known ? at[3] : time);
}

/* ── what is out ────────────────────────────────────────────────────────────────────────────────────────────────── */
static void take_in(Stream *s, Pending p) {
    if (s->first + s->n == s->room) {
        if (s->first > s->n) memmove(s->out, s->out + s->first, s->n * sizeof *s->out), s->first = 0;
        else {
            uint32_t room = s->room ? s->room * 2 : 64;
            Pending *bigger = realloc(s->out, room * sizeof *bigger);
            if (!bigger) return event_let_go(p.event);
            s->out = bigger, s->room = room;
        }
    }
    s->out[s->first + s->n++] = p;
}

static bool reap(Stream *s, const Pending *p) {
    cl_int status = 1;
    if (cl.GetEventInfo(p->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL)) status = -1;
    if (status > CL_COMPLETE) return false;
    tell_over(s, p, status);
    event_let_go(p->event);
    return true;
}

static uint32_t reap_all(Stream *s) {
    while (s->in_order && s->n && reap(s, &s->out[s->first])) s->first++, s->n--;
    if (s->in_order) return s->n;
    uint32_t left = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        Pending p = s->out[s->first + i];
        if (!reap(s, &p)) s->out[s->first + left++] = p;
    }
    return s->n = left;
}

static uint32_t harvest_all(void) {
    pthread_mutex_lock(&field);
    pthread_mutex_lock(&desk);
    struct Arrival *new = arrivals;
    uint32_t n = arrived, room = arrivals_room;
    arrivals = spare, arrivals_room = spare_room, arrived = 0;
    pthread_mutex_unlock(&desk);
    for (uint32_t i = 0; i < n; i++) take_in(new[i].stream, new[i].pending);
    spare = new, spare_room = room;
    uint32_t left = 0;
    for (Stream *s = __atomic_load_n(&streams, __ATOMIC_ACQUIRE); s; s = s->next) {
        if (s->n) left += reap_all(s);
        Device *d = s->device;
        if (d->worst > d->said * 2) say_device_clock(d), d->said = d->worst;
    }
    pthread_mutex_unlock(&field);
    return left;
}
void harvest(void) { harvest_all(); }

/* ── the thread ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static void *run(void *unused) {
    (void)unused;
    pthread_mutex_lock(&desk);
    for (int idle = 0; !ending;) {
        sleeping = idle >= IDLE_TICKS;
        if (sleeping)
            pthread_cond_wait(&bell, &desk);
        else {
            struct timespec until;
            uint64_t at = kernel_now() + TICK_NS;
            until.tv_sec = (time_t)(at / 1000000000u), until.tv_nsec = (long)(at % 1000000000u);
            pthread_cond_timedwait(&bell, &desk, &until);
        }
        bool came = arrived > 0;
        pthread_mutex_unlock(&desk);
        idle = harvest_all() || came ? 0 : idle + 1;
        pthread_mutex_lock(&desk);
    }
    pthread_mutex_unlock(&desk);
    return NULL;
}

static void start(void) {
    pthread_condattr_t monotonic;
    sigset_t all, before;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&bell, &monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    running = pthread_create(&thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void opencl_end(void) {
    pthread_mutex_lock(&desk);
    bool was = running;
    running = false, ending = true;
    if (was) pthread_cond_signal(&bell);
    pthread_mutex_unlock(&desk);
    if (!was) return;
    pthread_join(thread, NULL);
    harvest_all();
}

void pending_add(Stream *s, Pending p) {
    if (unlikely(arrived == arrivals_room)) {
        uint32_t room = arrivals_room ? arrivals_room * 2 : 256;
        struct Arrival *bigger = realloc(arrivals, room * sizeof *bigger);
        if (!bigger) return; /* it is never seen to be over */
        arrivals = bigger, arrivals_room = room;
    }
    arrivals[arrived++] = (struct Arrival){s, p};
    if (unlikely(!running && !ending)) start();
    if (unlikely(sleeping)) sleeping = false, pthread_cond_signal(&bell);
}

/* ── fork ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void before_fork(void) { pthread_mutex_lock(&field), pthread_mutex_lock(&desk); }
static void after_fork(void) { pthread_mutex_unlock(&desk), pthread_mutex_unlock(&field); }
static void in_child(void) {
    pthread_mutex_init(&desk, NULL), pthread_mutex_init(&field, NULL);
    running = sleeping = false;
    arrived = 0;
    streams = NULL; /* the parent's; a child must not use them, and nothing is told if it does */
    hidden = (Thread){.begun = true};
}
void opencl_forks(void) { pthread_atfork(before_fork, after_fork, in_child); }
