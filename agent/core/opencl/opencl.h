/* PyOpenCL: what its hooks share. The extension module pyopencl._cl calls libOpenCL through slots; those are led through
 * functions of ours (gil/interpose.c), which write a record or two and call the original.
 *
 *   opencl_hook.c      which functions, and how ours come into the places of the originals (opencl_functions.h)
 *   opencl_device.c    devices and contexts      opencl_queue.c   command queues, which are given profiling unseen
 *   opencl_enqueue.c   the calls that enqueue commands: kernels, buffers;  opencl_image.c, opencl_svm.c: the other memory
 *   opencl_work.c      what a kernel is called
 *   opencl_command.c   a command from its call to where the device has it    opencl_event.c  which event is of which command
 *   opencl_wait.c      the calls that wait for commands
 *   opencl_harvest.c   what the device says of commands that are over        opencl_clock.c  its clock on the run's
 *   opencl_trouble.c   what goes wrong before there is a command
 *   opencl_memory.c    memory that contexts take and give back; where on the host a device reaches by itself
 *
 * PyOpenCL calls most functions with the GIL, and those that may block without it; then the place in the program is known from
 * where it gave the GIL away. A forked child knows nothing of its parent's devices, which it must not use.
 *
 * What `pageable` means: the command reads or writes memory of the host that the device does not reach by itself, so that the
 * driver copies it once more, and cannot do so while the host does something else. That is any memory but what the program got
 * by mapping (which is how OpenCL hands out pinned memory) or as SVM; and it is so of no device that has the host's memory
 * (CL_DEVICE_HOST_UNIFIED_MEMORY: processors, PoCL, integrated GPUs). There a read or write is one copy in memory, which
 * mapping would spare, but nothing is copied twice. */
#ifndef INTERLEAVE_OPENCL_H
#define INTERLEAVE_OPENCL_H
#include "core.h"
#include "opencl_functions.h"

/* ── opencl_clock.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
enum { MOST_MARKS = 64 };
typedef struct {
    bool known;
    int64_t low, high; /* run's clock − its clock lies between, as of `heard` */
    uint64_t heard;
    uint32_t excluded; /* clocks of the host that it is not: bits */
    int same;          /* the one that it is, -1 = none */
    uint64_t agreed;   /* commands that agree with that */
    bool no_timer;     /* the library cannot read it for us */
    uint64_t off, worst, said; /* ns: by how much a time may be off now, that was told, and as it was said last */
    int said_same;
    struct {
        uint64_t theirs;
        int64_t offset;
    } marks[MOST_MARKS]; /* how far the clocks were apart, in order of time */
    uint32_t n;
    uint64_t apart; /* ns between two marks */
} DeviceClock;

/* ── opencl_device.c ────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct Device {
    struct Device *next;
    cl_device_id id;
    uint32_t serial;
    bool unified; /* it has the host's memory */
    DeviceClock clock;
} Device;
Device *device_of(cl_device_id id);            /* of a part of a device, the whole; NULL: no memory */
uint32_t context_known(cl_context context);    /* its serial; 0: nothing is told of it */
uint32_t context_of(cl_context context);       /* makes it known */
void devices_forget(void);
extern Device *devices;

/* The rest of the four are by who harvests. */
void clock_hear(Device *d, uint64_t theirs, uint64_t from, uint64_t to); /* it said so between these; 0 = not known */
void clock_look(Device *d);                                             /* while commands are out, now and then */
uint64_t clock_here(const Device *d, uint64_t theirs);
void clock_say(Device *d);

/* ── opencl_queue.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    cl_event event; /* we hold it */
    uint32_t number, context; /* context: whose memory is free when it is over, 0 = none */
    uint64_t called, returned, frees;
} Pending;
typedef struct Stream {
    struct Stream *next;
    cl_command_queue queue; /* NULL: its pointer is another one's now */
    Device *device;
    uint32_t serial, context;
    uint32_t count;         /* commands so far */
    bool in_order, profiled;
    bool given;             /* profiling, which the program did not ask for */
    cl_bits *asked;         /* the list of properties that it gave, NULL = none */
    size_t asked_bytes;
    Pending *out;           /* opencl_harvest.c: what is not over, as it was enqueued */
    uint32_t first, n, room;
    uint64_t last_end;
} Stream;
extern Stream *streams;
Stream *stream_of(cl_command_queue queue); /* NULL: nothing is told of it */

/* ── opencl_work.c ──────────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t work_of(cl_kernel kernel, cl_uint dim, const size_t *global, const size_t *local);
void kernels_forget(void);

/* ── opencl_command.c ───────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    Stream *stream; /* NULL: it is not told */
    uint32_t number;
    bool blocks, keeps; /* the program waits for it; the program wants its event */
    uint64_t called, frees;
    cl_event *event, own; /* where the library is to put its event */
} Command;
void command_begins(Command *c, cl_command_queue queue, uint32_t flags, uint64_t arg, bool blocks, CL_WAIT_LIST);
cl_int command_returns(Command *c, cl_int status);

/* How each call is told: COMMAND(flags, arg, blocks) { the original, with EVENTS for its last arguments }. */
#define COMMAND(flags, arg, blocks) \
    Command c; \
    command_begins(&c, queue, flags, arg, blocks, waits, list, event)
#define EVENTS waits, list, c.event

/* ── opencl_event.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    Stream *stream;
    uint32_t number;
} Known;
void event_put(cl_event event, const Stream *s, uint32_t number); /* by who harvests */
bool event_known(cl_event event, Known *to);
void events_forget(void);

/* ── opencl_harvest.c ───────────────────────────────────────────────────────────────────────────────────────────── */
void opencl_lock(void);
void opencl_unlock(void);
bool pending_add(Stream *s, Pending p); /* locked; true: so many have come that it is time to harvest */
bool just_come(cl_event event, Known *to); /* it is one of the last */
void harvest_stop(void);
void harvest_go_on(void);
void harvest_take_in(void);             /* stopped: what has come by now is known as an event */
bool harvest_holds(cl_event event);     /* stopped: we have a reference that the program does not know of */
void tell_free(uint32_t context, uint64_t bytes); /* by any thread */
void harvest_forks(void);

/* ── opencl_memory.c ────────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t pageable(cl_command_queue queue, const void *host); /* the flag */
void region_add(const void *start, size_t size);
void region_remove(const void *start);
uint64_t svm_taken_back(void *pointer); /* its bytes */
uint64_t memory_size(cl_mem memory);
void memory_forget(void);

#endif
