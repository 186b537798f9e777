/* What devices say of commands that are over. In: events that are kept since their calls. Out: the four times of each, on the
 * run's clock, written by a thread of ours into a chunk of its own.
 *
 *   call ─→ arrivals ─→ what is out of its stream ─→ every ms: over? ─ yes → queued, submitted, started, ended; let go
 *
 * Every 4 ms when nothing new has come: the more events are kept, the more memory the driver goes through. The thread sleeps
 * while nothing is out. (Rejected: clSetEventCallback. The driver wakes a thread of its own for each event:
 * 0.4 to 0.8 µs of a launch of 2 µs on PoCL, where keeping the event and asking later cannot be measured.) It blocks all
 * signals, knows nothing of Python, and ends before the driver does; a forked child begins without it and without what is out.
 * Two locks: `desk` for what calls leave here, held for some ns; `field` for harvesting, which whoever needs it does. */
#include "opencl.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_NS = 1000000, SLOW_TICK_NS = 4000000, IDLE_TICKS = 16, CROWDED = 1 << 14 };

static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER, field = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell;
static pthread_t harvester;
static bool running, sleeping, ending;
static Hidden hidden = {.thread = {.begun = true}};
typedef struct {
    Stream *stream; /* NULL: memory of a context was given back */
    Pending pending;
} Arrival;
static Arrival *arrivals, *spare;
static uint32_t arrived, arrivals_room, spare_room;

void opencl_lock(void) { pthread_mutex_lock(&desk); }
void opencl_unlock(void) { pthread_mutex_unlock(&desk); }
void harvest_stop(void) { pthread_mutex_lock(&field); }
void harvest_go_on(void) { pthread_mutex_unlock(&field); }

/* ── what one command says ──────────────────────────────────────────────────────────────────────────────────────── */
static void say(const Stream *s, uint32_t number, uint64_t time, uint32_t stage, uint64_t at) {
    hidden_reach(&hidden, 0, s->serial, number, time, stage, at);
}

static void say_free(uint32_t context, uint64_t bytes) {
    emit_of(&hidden.thread, 0, hidden_time(&hidden), IL_EV_FREE, 0, context, (uint32_t)(bytes >> 32), 0, (uint32_t)bytes);
}

/* The four times in the device's clock; a stage that it does not tell is 0. false: it tells nothing. */
static bool ask(const Stream *s, cl_event event, uint64_t at[4]) {
    for (cl_uint i = 0; i < 4; i++) {
        cl_ulong theirs = 0;
        at[i] = cl.GetEventProfilingInfo(event, CL_PROFILING_QUEUED + i, sizeof theirs, &theirs, NULL) ? 0 : theirs;
    }
    return s->profiled && at[0] && at[3];
}

/* Times keep their order whatever the clocks do: a command is not queued before its call, does not begin before another one of
 * a stream in order has ended, and is over by now. */
static void say_over(Stream *s, const Pending *p, bool failed) {
    uint64_t time = hidden_time(&hidden), at[4], least = p->called;
    bool known = ask(s, p->event, at);
    Device *d = s->device;
    if (known) {
        clock_hear(d, at[0], p->called, p->returned);
        clock_hear(d, at[3], 0, time);
        if (d->clock.off > d->clock.worst) d->clock.worst = d->clock.off;
    }
    for (uint32_t i = 0; known && i < 4; i++) {
        if (!at[i]) continue;
        at[i] = clock_here(d, at[i]);
        if (i == 2 && s->in_order && least < s->last_end) least = s->last_end;
        if (at[i] < least) at[i] = least;
        if (at[i] > time) at[i] = time;
        least = at[i];
        if (i < 3) say(s, p->number, time, IL_STAGE_QUEUED + i, at[i]);
    }
    if (known) s->last_end = at[3];
    say(s, p->number, time, IL_STAGE_ENDED | (failed ? IL_FLAG_FAILED : 0), known ? at[3] : time);
    if (p->frees) say_free(p->context, p->frees);
}

/* ── what is out ────────────────────────────────────────────────────────────────────────────────────────────────── */
static void take_in(Stream *s, Pending p) {
    event_put(p.event, s, p.number);
    if (s->first + s->n == s->room && s->first > s->n) {
        memmove(s->out, s->out + s->first, s->n * sizeof *s->out);
        s->first = 0;
    } else if (s->first + s->n == s->room) {
        uint32_t room = s->room ? s->room * 2 : 64;
        Pending *bigger = realloc(s->out, room * sizeof *bigger);
        if (!bigger) return (void)cl.ReleaseEvent(p.event);
        s->out = bigger, s->room = room;
    }
    s->out[s->first + s->n++] = p;
}

static bool reap(Stream *s, const Pending *p) {
    cl_int status = CL_COMPLETE + 1;
    cl_int error = cl.GetEventInfo(p->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
    if (!error && status > CL_COMPLETE) return false;
    say_over(s, p, error || status < 0);
    cl.ReleaseEvent(p->event);
    return true;
}

static uint32_t reap_all(Stream *s) {
    clock_look(s->device);
    if (s->in_order) {
        while (s->n && reap(s, &s->out[s->first])) s->first++, s->n--;
    } else {
        uint32_t left = 0;
        for (uint32_t i = 0; i < s->n; i++) {
            Pending p = s->out[s->first + i];
            if (!reap(s, &p)) s->out[s->first + left++] = p;
        }
        s->n = left;
    }
    return s->n;
}

void harvest_take_in(void) {
    pthread_mutex_lock(&desk);
    Arrival *came = arrivals;
    uint32_t n = arrived, room = arrivals_room;
    arrivals = spare, arrivals_room = spare_room, arrived = 0;
    pthread_mutex_unlock(&desk);
    for (uint32_t i = 0; i < n; i++)
        if (came[i].stream) take_in(came[i].stream, came[i].pending);
        else say_free(came[i].pending.context, came[i].pending.frees);
    spare = came, spare_room = room;
}

bool just_come(cl_event event, Known *to) {
    enum { LOOKS = 32 };
    bool found = false;
    opencl_lock();
    for (uint32_t i = arrived; !found && i > 0 && arrived - i < LOOKS; i--) {
        const Arrival *a = &arrivals[i - 1];
        found = a->pending.event == event && event;
        if (found) *to = (Known){a->stream, a->pending.number};
    }
    opencl_unlock();
    return found;
}

static uint32_t harvest_all(void) {
    uint32_t left = 0;
    harvest_stop();
    harvest_take_in();
    for (Stream *s = __atomic_load_n(&streams, __ATOMIC_ACQUIRE); s; s = s->next)
        if (s->n) left += reap_all(s);
    for (Device *d = __atomic_load_n(&devices, __ATOMIC_ACQUIRE); d; d = d->next) clock_say(d);
    harvest_go_on();
    return left;
}
void opencl_harvest(void) { harvest_all(); }

bool harvest_holds(cl_event event) {
    bool holds = false;
    for (Stream *s = streams; s; s = s->next)
        for (uint32_t i = 0; i < s->n; i++) holds |= s->out[s->first + i].event == event;
    opencl_lock();
    for (uint32_t i = 0; i < arrived; i++) holds |= arrivals[i].stream && arrivals[i].pending.event == event;
    opencl_unlock();
    return holds;
}

/* ── the thread ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static void *run(void *unused) {
    (void)unused;
    pthread_mutex_lock(&desk);
    bool came = true;
    for (int idle = 0; !ending;) {
        uint64_t at = kernel_now() + (came ? TICK_NS : SLOW_TICK_NS);
        struct timespec until = {(time_t)(at / 1000000000u), (long)(at % 1000000000u)};
        sleeping = idle >= IDLE_TICKS && arrived == 0;
        if (sleeping) pthread_cond_wait(&bell, &desk);
        else pthread_cond_timedwait(&bell, &desk, &until);
        came = arrived > 0;
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
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    running = pthread_create(&harvester, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* By the program's last thread, before the driver's own end: after it nothing may be asked of the driver. */
void opencl_end(void) {
    pthread_mutex_lock(&desk);
    bool was = running;
    running = false, ending = true;
    if (was) pthread_cond_signal(&bell);
    pthread_mutex_unlock(&desk);
    if (!was) return;
    pthread_join(harvester, NULL);
    harvest_all();
}

static void arrive(Stream *s, Pending p) {
    if (unlikely(arrived == arrivals_room)) {
        uint32_t room = arrivals_room ? arrivals_room * 2 : 256;
        Arrival *bigger = realloc(arrivals, room * sizeof *bigger);
        if (!bigger) return; /* it is not seen to be over */
        arrivals = bigger, arrivals_room = room;
    }
    arrivals[arrived++] = (Arrival){s, p};
    if (unlikely(!running && !ending)) start();
    if (unlikely(sleeping)) sleeping = false, pthread_cond_signal(&bell);
}
bool pending_add(Stream *s, Pending p) {
    arrive(s, p);
    return arrived >= CROWDED && !ending;
}

/* A thread of the program says it itself; the driver's may not be seen in the trace. */
void tell_free(uint32_t context, uint64_t bytes) {
    if (thread_me) return emit(now(), IL_EV_FREE, 0, context, (uint32_t)(bytes >> 32), 0, (uint32_t)bytes);
    opencl_lock();
    arrive(NULL, (Pending){.context = context, .frees = bytes});
    opencl_unlock();
}

/* ── fork ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void before_fork(void) { pthread_mutex_lock(&field), pthread_mutex_lock(&desk); }
static void after_fork(void) { pthread_mutex_unlock(&desk), pthread_mutex_unlock(&field); }
static void in_child(void) {
    pthread_mutex_init(&desk, NULL), pthread_mutex_init(&field, NULL);
    running = sleeping = false;
    arrived = 0;
    hidden = (Hidden){.thread = {.begun = true}};
}
void harvest_forks(void) { pthread_atfork(before_fork, after_fork, in_child); }
