/* A command, from the call that enqueues it to where the device has it.
 *
 *   enqueue ─ depends … ─ [wait ─] the library's call ─ [wake ─] returned ─→ pending, until the device says that it is over
 *
 * The event is asked for where the program does not want one, and kept by a reference of ours until it is harvested. A call that
 * fails has enqueued nothing. The numbers of a stream are given before the call: of two threads that enqueue in one stream at
 * once, the later number may come first. */
#include "opencl.h"

/* In a stream that is in order, its own commands go without saying. */
static void tell_depends(const Command *c, cl_uint waits, const cl_event *list) {
    for (cl_uint i = 0; list && i < waits; i++) {
        Known on;
        if (event_known(list[i], &on) && (on.stream != c->stream || !c->stream->in_order))
            emit(c->called, IL_EV_DEPENDS, 0, c->stream->serial, c->number, on.stream->serial, on.number);
    }
}

void command_begins(Command *c, cl_command_queue queue, uint32_t flags, uint64_t arg, bool blocks, CL_WAIT_LIST) {
    c->event = event;
    c->stream = stream_of(queue);
    if (unlikely(!c->stream)) return;
    c->keeps = event != NULL, c->blocks = blocks, c->frees = 0, c->own = NULL;
    if (!event) c->event = &c->own;
    c->number = __atomic_add_fetch(&c->stream->count, 1, __ATOMIC_RELAXED);
    uint32_t site = site_left();
    c->called = now();
    emit(c->called, IL_EV_ENQUEUE, flags, c->stream->serial, c->number, site, saturated(arg));
    if (waits) tell_depends(c, waits, list);
    if (blocks) device_wait_begins(c->called, c->stream->serial);
}

cl_int command_returns(Command *c, cl_int status) {
    Stream *s = c->stream;
    if (unlikely(!s)) return status;
    uint64_t returned = now();
    if (c->blocks) device_wait_ends(returned, s->serial, status != CL_SUCCESS, c->number);
    emit(returned, IL_EV_REACH, IL_STAGE_RETURNED | (status ? IL_FLAG_FAILED : 0), s->serial, c->number, 0, 0);
    cl_event event = status ? NULL : *c->event;
    if (unlikely(!event)) return status;
    if (c->keeps) cl.RetainEvent(event);
    opencl_lock();
    bool crowded = pending_add(s, (Pending){event, c->number, s->context, c->called, returned, c->frees});
    opencl_unlock();
    if (unlikely(crowded)) opencl_harvest();
    return status;
}
