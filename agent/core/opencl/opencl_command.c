/* A command, from the call that enqueues it to where the device has it; and which event is of which command.
 *
 *   enqueue ─ depends … ─ [wait ─] the library's call ─ [wake ─] returned ─→ pending, until the device says that it is over
 *
 * The event is asked for where the program does not want one, and kept by a reference of ours until it is harvested. Events are
 * known by their pointers: a new one with an old pointer takes its place. The table keeps the last of each set: of a program
 * that has a hundred thousand events at once, the oldest may be forgotten, and then nothing is told of who waits for them. */
#include "opencl.h"
#include <string.h>

enum { SETS = 1 << 13, WAYS = 4 };
static struct Way {
    cl_event event;
    Known known;
} table[SETS][WAYS];

static struct Way *set_of(cl_event event) { return table[((uintptr_t)event * 0x9e3779b97f4a7c15u) >> 51]; }

static struct Way *way_of(cl_event event) {
    struct Way *set = set_of(event);
    for (int i = 0; i < WAYS; i++)
        if (set[i].event == event) return &set[i];
    return NULL;
}

static void event_put(cl_event event, Known known) {
    struct Way *set = set_of(event), *to = way_of(event);
    for (int i = 0; i < WAYS && !to; i++)
        if (!set[i].event) to = &set[i];
    if (!to) { /* the oldest of those that are over goes */
        memmove(set, set + 1, (WAYS - 1) * sizeof *set);
        to = &set[WAYS - 1];
    }
    *to = (struct Way){event, known};
}

bool event_known(cl_event event, Known *to) {
    opencl_lock();
    struct Way *way = way_of(event);
    if (way) *to = way->known;
    opencl_unlock();
    return way != NULL;
}

void event_forget(cl_event event) {
    opencl_lock();
    struct Way *way = way_of(event);
    if (way) way->event = NULL;
    opencl_unlock();
}

void event_let_go(cl_event event) {
    opencl_lock();
    struct Way *way = way_of(event);
    if (way) way->known.held = false;
    opencl_unlock();
    cl.ReleaseEvent(event);
}

/* Commands of its own stream go without saying, where that is in order. */
static void tell_depends(const Command *c, cl_uint waits, const cl_event *list) {
    for (cl_uint i = 0; list && i < waits; i++) {
        Known on;
        if (event_known(list[i], &on) && on.stream != c->stream)
            emit(c->called, IL_EV_DEPENDS, 0, c->stream->serial, c->number, on.stream->serial, on.number);
    }
}

void command_begins(Command *c, cl_command_queue queue, uint32_t flags, uint32_t arg, bool blocks, WAIT_LIST) {
    c->event = event;
    c->stream = stream_of(queue);
    if (unlikely(!c->stream)) return;
    c->keeps = event != NULL;
    if (!event) c->event = &c->own;
    c->blocks = blocks;
    c->number = __atomic_add_fetch(&c->stream->count, 1, __ATOMIC_RELAXED);
    uint32_t site = enqueuing_site();
    c->called = now();
    emit(c->called, IL_EV_ENQUEUE, flags, c->stream->serial, c->number, site, arg);
    if (waits) tell_depends(c, waits, list);
    if (!blocks) return;
    Whereabouts w = waiting_place();
    emit(c->called, IL_EV_WAIT, IL_WHY_DEVICE | (w.stack ? IL_FLAG_HAS_STACK : 0), c->stream->serial, 0, w.stack ? w.stack : w.site, 0);
}

cl_int command_returns(Command *c, cl_int status) {
    Stream *s = c->stream;
    if (unlikely(!s)) return status;
    uint64_t returned = now();
    if (c->blocks)
        emit(returned, IL_EV_WAKE, status ? IL_OUTCOME_RAISED : IL_OUTCOME_DONE, s->serial, 0, 0, status ? 0 : c->number);
    emit(returned, IL_EV_REACH, IL_STAGE_RETURNED | (status ? IL_FLAG_FAILED : 0), s->serial, c->number, 0, 0);
    if (unlikely(status || !c->event || !*c->event)) return status;
    cl_event event = *c->event;
    if (c->keeps) cl.RetainEvent(event);
    opencl_lock();
    event_put(event, (Known){s, c->number, true});
    pending_add(s, (Pending){event, c->number, c->called, returned});
    opencl_unlock();
    return status;
}

/* ── what events say of themselves ──────────────────────────────────────────────────────────────────────────────── */
cl_int our_GetEventInfo(cl_event event, cl_uint what, size_t room, void *to, size_t *size) {
    if (what != CL_EVENT_REFERENCE_COUNT) return cl.GetEventInfo(event, what, room, to, size);
    opencl_lock(); /* nobody lets go of it meanwhile */
    cl_int status = cl.GetEventInfo(event, what, room, to, size);
    struct Way *way = way_of(event);
    if (!status && to && way && way->known.held) --*(cl_uint *)to;
    opencl_unlock();
    return status;
}

cl_int our_GetEventProfilingInfo(cl_event event, cl_uint what, size_t room, void *to, size_t *size) {
    cl_int status = cl.GetEventProfilingInfo(event, what, room, to, size);
    cl_command_queue queue = NULL;
    if (status || cl.GetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL) || !queue) return status;
    Stream *s = stream_of(queue);
    return s && s->given ? CL_PROFILING_INFO_NOT_AVAILABLE : status;
}

cl_event our_CreateUserEvent(cl_context context, cl_int *error) {
    cl_event event = cl.CreateUserEvent(context, error);
    if (event) event_forget(event);
    return event;
}
