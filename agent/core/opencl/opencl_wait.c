/* The calls that wait for commands: clFinish for all of a queue, clWaitForEvents for some. What was waited for is the last of
 * them to end, as the device says: that one let the program go on. Where this cannot be told (an event of the program's own is
 * among them, or of another library) nothing is said of it. Who waits for what is over already does not wait: PyOpenCL does so
 * for each event of a copy that it throws away. */
#include "opencl.h"

cl_int our_Finish(cl_command_queue queue) {
    Stream *s = stream_of(queue);
    if (!s) return cl.Finish(queue);
    uint32_t last = __atomic_load_n(&s->count, __ATOMIC_RELAXED);
    device_wait_begins(now(), s->serial);
    cl_int status = cl.Finish(queue);
    device_wait_ends(now(), s->serial, status != CL_SUCCESS, last);
    return status;
}

/* The stream that all of these are of; NULL: several, or not known. */
static Stream *common(cl_uint count, const cl_event *events) {
    Stream *one = NULL;
    for (cl_uint i = 0; i < count; i++) {
        Known k;
        if (!event_known(events[i], &k) || (one && one != k.stream)) return NULL;
        one = k.stream;
    }
    return one;
}

/* Devices' clocks are compared only with themselves: of several devices it cannot be told. */
static bool last_of(cl_uint count, const cl_event *events, Known *last) {
    uint64_t latest = 0;
    last->stream = NULL;
    for (cl_uint i = 0; i < count; i++) {
        Known k;
        cl_ulong end = 0;
        if (!event_known(events[i], &k) || (last->stream && k.stream->device != last->stream->device)) return false;
        if (count > 1 && cl.GetEventProfilingInfo(events[i], CL_PROFILING_END, sizeof end, &end, NULL)) return false;
        if (!last->stream || end > latest) latest = end, *last = k;
    }
    return count > 0;
}

static bool all_over(cl_uint count, const cl_event *events) {
    for (cl_uint i = 0; i < count; i++) {
        cl_int status = CL_COMPLETE + 1;
        cl_int error = cl.GetEventInfo(events[i], CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
        if (!error && status > CL_COMPLETE) return false;
    }
    return true;
}

cl_int our_WaitForEvents(cl_uint count, const cl_event *events) {
    if (!events || all_over(count, events)) return cl.WaitForEvents(count, events);
    Stream *one = common(count, events);
    device_wait_begins(now(), one ? one->serial : 0);
    cl_int status = cl.WaitForEvents(count, events);
    uint64_t until = now();
    Known last;
    bool known = !status && last_of(count, events, &last);
    uint32_t stream = known ? last.stream->serial : one ? one->serial : 0;
    device_wait_ends(until, stream, status != CL_SUCCESS, known ? last.number : 0);
    return status;
}
