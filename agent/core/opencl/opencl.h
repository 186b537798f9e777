/* OpenCL, as PyOpenCL calls it: what its hooks share. The extension module pyopencl._cl calls libOpenCL through slots; those
 * are led through functions of ours (gil/interpose.c), which write a record or two and call the original.
 *
 *   opencl_hook.c     which functions, and how ours come into the places of the originals
 *   opencl_device.c   devices and contexts        opencl_queue.c   command queues, which are given profiling unseen
 *   opencl_enqueue.c  the calls that enqueue a command: kernels, buffers; opencl_image.c, opencl_svm.c: the others
 *   opencl_work.c     what a kernel is called, and the sizes that it was launched with
 *   opencl_command.c  a command from its call to where the device has it; which event is of which command
 *   opencl_wait.c     the calls that wait for commands
 *   opencl_harvest.c  what the device says of commands that are over        opencl_clock.c   its clock on the run's
 *   opencl_memory.c   memory that contexts take and give back
 *
 * PyOpenCL calls most functions with the GIL and those that may block without it; then the place in the program is known from
 * where it was given away. The queue of a command is a stream, its events' pointers are keys while somebody holds them. */
#ifndef INTERLEAVE_OPENCL_H
#define INTERLEAVE_OPENCL_H
#include "core.h"

/* ── OpenCL's own names: no headers of it are needed to build this ──────────────────────────────────────────────── */
typedef int32_t cl_int;
typedef uint32_t cl_uint;
typedef uint64_t cl_ulong;
typedef cl_ulong cl_bits; /* all its bit fields */
typedef void *cl_platform_id, *cl_device_id, *cl_context, *cl_command_queue, *cl_program, *cl_kernel, *cl_mem, *cl_event;
enum { CL_SUCCESS = 0, CL_INVALID_VALUE = -30, CL_PROFILING_INFO_NOT_AVAILABLE = -7, CL_COMPLETE = 0 };
enum { CL_PLATFORM_VERSION = 0x901, CL_PLATFORM_NAME = 0x902 };
enum {
    CL_DEVICE_TYPE = 0x1000, CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002, CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F, CL_DEVICE_NAME = 0x102B,
    CL_DEVICE_VENDOR = 0x102C, CL_DRIVER_VERSION = 0x102D, CL_DEVICE_PLATFORM = 0x1031,
    CL_DEVICE_HOST_UNIFIED_MEMORY = 0x1035, CL_DEVICE_PARENT_DEVICE = 0x1042
};
enum { CL_DEVICE_TYPE_CPU = 2, CL_DEVICE_TYPE_GPU = 4, CL_DEVICE_TYPE_ACCELERATOR = 8 };
#define CL_DEVICE_TYPE_ALL 0xFFFFFFFFu
enum { CL_CONTEXT_REFERENCE_COUNT = 0x1080, CL_CONTEXT_DEVICES = 0x1081 };
enum { CL_QUEUE_REFERENCE_COUNT = 0x1092, CL_QUEUE_PROPERTIES = 0x1093, CL_QUEUE_PROPERTIES_ARRAY = 0x1098 };
enum { CL_QUEUE_OUT_OF_ORDER = 1, CL_QUEUE_PROFILING = 2, CL_QUEUE_ON_DEVICE = 4 };
enum { CL_EVENT_COMMAND_QUEUE = 0x11D0, CL_EVENT_REFERENCE_COUNT = 0x11D2, CL_EVENT_COMMAND_EXECUTION_STATUS = 0x11D3 };
enum { CL_PROFILING_QUEUED = 0x1280, CL_PROFILING_SUBMIT, CL_PROFILING_START, CL_PROFILING_END };
enum { CL_KERNEL_FUNCTION_NAME = 0x1190 };

#define WAIT_LIST cl_uint waits, const cl_event *list, cl_event *event
/* HOOKED: calls of it come to us first. CALLED: we only call it. */
#define CL_FUNCTIONS(HOOKED, CALLED)                                                                                           \
    CALLED(cl_int, GetPlatformInfo, (cl_platform_id, cl_uint, size_t, void *, size_t *))                                       \
    CALLED(cl_int, GetDeviceIDs, (cl_platform_id, cl_bits, cl_uint, cl_device_id *, cl_uint *))                                \
    CALLED(cl_int, GetDeviceInfo, (cl_device_id, cl_uint, size_t, void *, size_t *))                                           \
    CALLED(cl_int, GetKernelInfo, (cl_kernel, cl_uint, size_t, void *, size_t *))                                              \
    CALLED(cl_int, RetainEvent, (cl_event))                                                                                    \
    CALLED(cl_int, ReleaseEvent, (cl_event))                                                                                   \
    CALLED(cl_int, GetDeviceAndHostTimer, (cl_device_id, cl_ulong *, cl_ulong *))                                              \
    HOOKED(cl_command_queue, CreateCommandQueue, (cl_context context, cl_device_id device, cl_bits properties, cl_int *error)) \
    HOOKED(cl_command_queue, CreateCommandQueueWithProperties,                                                                 \
           (cl_context context, cl_device_id device, const cl_bits *properties, cl_int *error))                                \
    HOOKED(cl_int, GetCommandQueueInfo, (cl_command_queue queue, cl_uint what, size_t room, void *to, size_t *size))           \
    HOOKED(cl_int, GetContextInfo, (cl_context context, cl_uint what, size_t room, void *to, size_t *size))                    \
    HOOKED(cl_int, GetEventInfo, (cl_event event, cl_uint what, size_t room, void *to, size_t *size))                          \
    HOOKED(cl_int, GetEventProfilingInfo, (cl_event event, cl_uint what, size_t room, void *to, size_t *size))                 \
    HOOKED(cl_event, CreateUserEvent, (cl_context context, cl_int *error))                                                     \
    HOOKED(cl_kernel, CreateKernel, (cl_program program, const char *name, cl_int *error))                                     \
    HOOKED(cl_int, CreateKernelsInProgram, (cl_program program, cl_uint room, cl_kernel *kernels, cl_uint *count))             \
    HOOKED(cl_kernel, CloneKernel, (cl_kernel kernel, cl_int *error))                                                          \
    HOOKED(cl_int, Finish, (cl_command_queue queue))                                                                           \
    HOOKED(cl_int, WaitForEvents, (cl_uint count, const cl_event *events))                                                     \
    HOOKED(cl_int, EnqueueNDRangeKernel, (cl_command_queue queue, cl_kernel kernel, cl_uint dim, const size_t *offset,         \
                                          const size_t *global, const size_t *local, WAIT_LIST))                               \
    HOOKED(cl_int, EnqueueReadBuffer, (cl_command_queue queue, cl_mem from, cl_uint blocking, size_t offset, size_t size,      \
                                       void *to, WAIT_LIST))                                                                   \
    HOOKED(cl_int, EnqueueWriteBuffer, (cl_command_queue queue, cl_mem to, cl_uint blocking, size_t offset, size_t size,       \
                                        const void *from, WAIT_LIST))                                                          \
    HOOKED(cl_int, EnqueueCopyBuffer, (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,   \
                                       size_t size, WAIT_LIST))                                                                \
    HOOKED(cl_int, EnqueueFillBuffer, (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,        \
                                       size_t offset, size_t size, WAIT_LIST))                                                 \
    HOOKED(void *, EnqueueMapBuffer, (cl_command_queue queue, cl_mem buffer, cl_uint blocking, cl_bits how, size_t offset,     \
                                      size_t size, WAIT_LIST, cl_int *error))                                                  \
    HOOKED(cl_int, EnqueueUnmapMemObject, (cl_command_queue queue, cl_mem memory, void *mapped, WAIT_LIST))                    \
    HOOKED(cl_int, EnqueueMarker, (cl_command_queue queue, cl_event *event))                                                   \
    HOOKED(cl_int, EnqueueMarkerWithWaitList, (cl_command_queue queue, WAIT_LIST))                                             \
    HOOKED(cl_int, EnqueueBarrierWithWaitList, (cl_command_queue queue, WAIT_LIST))

/* The originals, NULL where this libOpenCL has none. */
#define CL_FIELD(type, name, args) type(*name) args;
extern struct Cl {
    CL_FUNCTIONS(CL_FIELD, CL_FIELD)
} cl;
#define CL_OURS(type, name, args) type our_##name args;
#define CL_NOT_OURS(type, name, args)
CL_FUNCTIONS(CL_OURS, CL_NOT_OURS)

/* ── where the program is ───────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t site, stack;
    bool away; /* this thread has given the GIL away there */
} Whereabouts;
extern __thread Whereabouts left_at __attribute__((tls_model("initial-exec")));
static inline uint32_t enqueuing_site(void) { return left_at.away ? left_at.site : site_here(); }
static inline Whereabouts waiting_place(void) {
    if (left_at.away) return left_at;
    Whereabouts w = {0};
    w.stack = stack_here(&w.site);
    return w;
}

/* ── opencl_device.c ────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct Device {
    struct Device *next;
    cl_device_id id;
    uint32_t serial;
    bool unified;           /* it has the host's memory */
    /* opencl_clock.c, by who harvests: run's clock − its clock lies between low and high, as of `at`; offset is what is used */
    int64_t low, high, offset;
    uint64_t at, worst, said; /* ns by which a time that was told may be off; as it was said last */
    bool clock_known;
} Device;
Device *device_of(cl_device_id id); /* of a part of a device, the whole; NULL: it says nothing of itself */
uint32_t context_of(cl_context context, Device *device); /* its serial */
void say_device_clock(const Device *d);

/* ── opencl_queue.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct Pending {
    cl_event event; /* we hold it */
    uint32_t number;
    uint64_t called, returned;
} Pending;
typedef struct Stream {
    struct Stream *next;
    cl_command_queue queue;
    Device *device;
    uint32_t serial;
    uint32_t count;     /* commands so far */
    bool in_order, profiled;
    bool given;         /* the program did not ask for profiling */
    cl_bits *asked;     /* the list of properties that it gave, NULL = none */
    size_t asked_bytes;
    /* opencl_harvest.c: what is not over, as it was enqueued */
    Pending *out;
    uint32_t first, n, room;
    uint64_t last_end;
} Stream;
extern Stream *streams;
Stream *stream_of(cl_command_queue queue); /* NULL: nothing is told of it */

/* ── opencl_work.c ──────────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t work_of(cl_kernel kernel, cl_uint dim, const size_t *global, const size_t *local);

/* ── opencl_command.c ───────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    Stream *stream; /* NULL: it is not told */
    uint32_t number;
    bool blocks;
    uint64_t called;
    cl_event *event, own; /* where the library is to put its event */
    bool keeps;           /* the program wants the event too */
} Command;
void command_begins(Command *c, cl_command_queue queue, uint32_t flags, uint32_t arg, bool blocks, WAIT_LIST);
cl_int command_returns(Command *c, cl_int status);
static inline uint32_t saturated(uint64_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }
typedef struct {
    Stream *stream;
    uint32_t number;
    bool held; /* we have a reference that the program does not know of */
} Known;
bool event_known(cl_event event, Known *to);
void event_forget(cl_event event); /* the pointer has come to mean another one */

/* ── opencl_harvest.c ───────────────────────────────────────────────────────────────────────────────────────────── */
void opencl_lock(void);
void opencl_unlock(void);
void pending_add(Stream *s, Pending p); /* locked */
void harvest(void);                     /* all that is over by now */
void opencl_forks(void);
void event_let_go(cl_event event);      /* opencl_command.c: our reference to it */

/* ── opencl_clock.c ─────────────────────────────────────────────────────────────────────────────────────────────── */
/* What the device's clock called `theirs` was between these two moments. 0 = not known on that side. */
void clock_between(Device *d, uint64_t theirs, uint64_t from, uint64_t to);
uint64_t clock_here(Device *d, uint64_t theirs);

#endif
