/* The calls that wait for commands: clFinish for all of a queue, clWaitForEvents for some. What was waited for is the last of
 * them that the device says has ended: that one ended the wait. Where it cannot be told, of several streams nothing is said. */
#include "opencl.h"

static void tell_wait(uint32_t object) {
    Whereabouts w = waiting_place();
    emit(now(), IL_EV_WAIT, IL_WHY_DEVICE | (w.stack ? IL_FLAG_HAS_STACK : 0), object, 0, w.stack ? w.stack : w.site, 0);
}
static void tell_wake(uint32_t object, cl_int status, uint32_t number) {
    emit(now(), IL_EV_WAKE, status ? IL_OUTCOME_RAISED : IL_OUTCOME_DONE, object, 0, 0, number);
}

cl_int our_Finish(cl_command_queue queue) {
    Stream *s = stream_of(queue);
    if (!s) return cl.Finish(queue);
    uint32_t last = __atomic_load_n(&s->count, __ATOMIC_RELAXED);
    tell_wait(s->serial);
    cl_int status = cl.Finish(queue);
    tell_wake(s->serial, status, status ? 0 : last);
    return status;
}

/* Of one stream, or of several. */
static Stream *one_stream(cl_uint count, const cl_event *events) {
    Stream *one = NULL;
    for (cl_uint i = 0; i < count; i++) {
        Known k;
        if (!event_known(events[i], &k) || (one && one != k.stream)) return NULL;
        one = k.stream;
    }
    return one;
}

static Known last_of(cl_uint count, const cl_event *events, Stream *one) {
    Known last = {one, 0, false};
    uint64_t latest = 0;
    for (cl_uint i = 0; i < count; i++) {
        Known k;
        cl_ulong end = 0;
        if (!event_known(events[i], &k)) return (Known){one, 0, false}; /* the program's own event may have been the last */
        if (one && one->in_order) {
            if (k.number > last.number) last = k;
            continue;
        }
        if (cl.GetEventProfilingInfo(events[i], CL_PROFILING_END, sizeof end, &end, NULL)) return (Known){one, 0, false};
        end = clock_here(k.stream->device, end);
        if (end >= latest) latest = end, last = k;
    }
    return last;
}

cl_int our_WaitForEvents(cl_uint count, const cl_event *events) {
    if (!events || !streams) return cl.WaitForEvents(count, events);
    Stream *one = one_stream(count, events);
    tell_wait(one ? one->serial : 0);
    cl_int status = cl.WaitForEvents(count, events);
    Known last = status ? (Known){one, 0, false} : last_of(count, events, one);
    tell_wake(last.stream ? last.stream->serial : 0, status, last.number);
    return status;
}
