/* Command queues: each is a stream. One that the program made without profiling is made with it, and says what the program
 * asked for: its properties, and that the times of its events are not available. Where the driver does not make it so, it is
 * made as asked, and only that its commands are over is known. */
#include "opencl.h"
#include <stdlib.h>
#include <string.h>

Stream *streams;

Stream *stream_of(cl_command_queue queue) {
    for (Stream *s = __atomic_load_n(&streams, __ATOMIC_ACQUIRE); s; s = s->next)
        if (s->queue == queue) return s;
    return NULL;
}

static void forget(cl_command_queue queue) { /* the pointer is another queue's now; who reads the list meanwhile goes on */
    Stream *s = stream_of(queue);
    if (s) s->queue = NULL;
}

static Stream *stream_new(cl_command_queue queue, cl_context context, cl_device_id id, cl_bits properties) {
    Stream *s = calloc(1, sizeof *s);
    Device *d = s ? device_of(id) : NULL;
    if (!d) return free(s), NULL;
    forget(queue);
    bool in_order = !(properties & CL_QUEUE_OUT_OF_ORDER);
    uint32_t belongs = context_of(context);
    *s = (Stream){.next = streams, .queue = queue, .device = d, .serial = next_serial(), .context = belongs, .in_order = in_order};
    emit(now(), IL_EV_NEW, IL_OBJ_STREAM, s->serial, 0, site_here(), d->serial);
    Line l = line_of("stream");
    line_number(&l, "object", s->serial);
    line_number(&l, "context", belongs);
    line_flag(&l, "inOrder", in_order);
    line_send(&l);
    __atomic_store_n(&streams, s, __ATOMIC_RELEASE);
    return s;
}

static void made(cl_command_queue queue, cl_context context, cl_device_id id, cl_bits asked, bool given, const cl_bits *list,
                 size_t n) {
    Stream *s = asked & CL_QUEUE_ON_DEVICE ? NULL : stream_new(queue, context, id, asked);
    if (!s) return;
    s->given = given;
    s->profiled = given || asked & CL_QUEUE_PROFILING;
    s->asked = list ? malloc(n * sizeof *list) : NULL;
    if (s->asked) memcpy(s->asked, list, s->asked_bytes = n * sizeof *list);
    if (!s->profiled)
        say_note("A command queue of OpenCL could not be given profiling: of its commands only is known when they were seen to be over.");
}

cl_command_queue our_CreateCommandQueue(cl_context context, cl_device_id device, cl_bits properties, cl_int *error) {
    cl_bits more = properties | CL_QUEUE_PROFILING;
    cl_command_queue queue = cl.CreateCommandQueue(context, device, more, error);
    bool given = queue && more != properties;
    if (!queue) queue = cl.CreateCommandQueue(context, device, properties, error);
    if (queue) made(queue, context, device, properties, given, NULL, 0);
    return queue;
}

cl_command_queue our_CreateCommandQueueWithProperties(cl_context context, cl_device_id device, const cl_bits *properties,
                                                      cl_int *error) {
    enum { MOST = 32 };
    cl_bits with[MOST + 3], asked = 0;
    size_t n = 0, at = MOST;
    for (; properties && n < MOST && properties[n]; n += 2) {
        with[n] = properties[n], with[n + 1] = properties[n + 1];
        if (properties[n] == CL_QUEUE_PROPERTIES) asked = properties[at = n + 1];
    }
    bool wants = asked & (CL_QUEUE_PROFILING | CL_QUEUE_ON_DEVICE) || n >= MOST;
    cl_command_queue queue = NULL;
    if (!wants) {
        size_t end = n;
        if (at == MOST) with[end] = CL_QUEUE_PROPERTIES, at = end + 1, end += 2;
        with[at] = asked | CL_QUEUE_PROFILING, with[end] = 0;
        queue = cl.CreateCommandQueueWithProperties(context, device, with, error);
    }
    bool given = queue != NULL;
    if (!queue) queue = cl.CreateCommandQueueWithProperties(context, device, properties, error);
    if (queue) made(queue, context, device, asked, given, properties, properties && n < MOST ? n + 1 : 0);
    return queue;
}

/* The list that the program gave, of a queue that was made with another one. */
static cl_int asked_list(const Stream *s, size_t room, void *to, size_t *size) {
    if (to && room < s->asked_bytes) return CL_INVALID_VALUE;
    if (size) *size = s->asked_bytes;
    if (to && s->asked) memcpy(to, s->asked, s->asked_bytes);
    return CL_SUCCESS;
}

/* Events that we hold, hold their queue: what is over is let go first. */
cl_int our_GetCommandQueueInfo(cl_command_queue queue, cl_uint what, size_t room, void *to, size_t *size) {
    if (what == CL_QUEUE_REFERENCE_COUNT) harvest();
    Stream *s = stream_of(queue);
    bool list = s && s->given && what == CL_QUEUE_PROPERTIES_ARRAY;
    cl_int status = list ? cl.GetCommandQueueInfo(queue, what, 0, NULL, NULL) : cl.GetCommandQueueInfo(queue, what, room, to, size);
    if (status || !s || !s->given) return status;
    if (list) return asked_list(s, room, to, size);
    if (what == CL_QUEUE_PROPERTIES && to) *(cl_bits *)to &= ~(cl_bits)CL_QUEUE_PROFILING;
    return status;
}
