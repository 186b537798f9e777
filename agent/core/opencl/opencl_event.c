/* Which event is of which command, by its pointer: a new event with an old pointer takes its place. And what events say of
 * themselves, as if we held none of them and had given none profiling.
 * Who harvests puts them into the table, a little later: a launch that wrote there would wait for memory, 0.1 µs. So the last
 * ones are looked for among those that have just come. The table has sets of a few places: of a program that holds ten thousand
 * events at once the oldest may be forgotten, and then it is not told who waits for them. */
#include "opencl.h"
#include <stdlib.h>
#include <string.h>

enum { SET_BITS = 12, WAYS = 4 };
typedef struct {
    cl_event event;
    uint32_t stream, number; /* the stream's serial */
} Way;
static Way (*table)[WAYS]; /* made when there is a first event */

static Way *set_of(cl_event event) { return table[((uintptr_t)event * 0x9e3779b97f4a7c15u) >> (64 - SET_BITS)]; }

static Way *way_of(cl_event event) {
    Way *set = table && event ? set_of(event) : NULL;
    for (int i = 0; set && i < WAYS; i++)
        if (set[i].event == event) return &set[i];
    return NULL;
}

void event_put(cl_event event, const Stream *s, uint32_t number) {
    if (unlikely(!table)) {
        table = aligned_alloc(sizeof *table, sizeof *table << SET_BITS);
        if (!table) return;
        memset(table, 0, sizeof *table << SET_BITS);
    }
    Way *set = set_of(event), *to = way_of(event);
    for (int i = 0; i < WAYS && !to; i++)
        if (!set[i].event) to = &set[i];
    if (!to) memmove(set, set + 1, (WAYS - 1) * sizeof *set), to = &set[WAYS - 1];
    *to = (Way){event, s->serial, number};
}

bool event_known(cl_event event, Known *to) {
    if (just_come(event, to)) return true;
    harvest_stop();
    harvest_take_in();
    Way *way = way_of(event), found = way ? *way : (Way){0};
    harvest_go_on();
    to->number = found.number, to->stream = streams;
    while (way && to->stream && to->stream->serial != found.stream) to->stream = to->stream->next;
    return way && to->stream;
}

void events_forget(void) { table = NULL; }

cl_event our_CreateUserEvent(cl_context context, cl_int *error) {
    cl_event event = cl.CreateUserEvent(context, error);
    harvest_stop();
    Way *old = way_of(event);
    if (old) old->event = NULL;
    harvest_go_on();
    return event;
}

cl_int our_GetEventInfo(cl_event event, cl_uint what, size_t room, void *to, size_t *size) {
    if (what != CL_EVENT_REFERENCE_COUNT) return cl.GetEventInfo(event, what, room, to, size);
    harvest_stop(); /* nobody lets go of it meanwhile */
    bool held = harvest_holds(event);
    cl_int status = cl.GetEventInfo(event, what, room, to, size);
    harvest_go_on();
    if (!status && to && held) --*(cl_uint *)to;
    return status;
}

cl_int our_GetEventProfilingInfo(cl_event event, cl_uint what, size_t room, void *to, size_t *size) {
    cl_int status = cl.GetEventProfilingInfo(event, what, room, to, size);
    cl_command_queue queue = NULL;
    if (status || cl.GetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL) || !queue) return status;
    Stream *s = stream_of(queue);
    return s && s->given ? CL_PROFILING_INFO_NOT_AVAILABLE : status;
}
