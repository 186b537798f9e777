/* OpenCL's own names: no headers of it are needed to build this. The types, the numbers that are asked for, and the functions.
 * HOOKED: calls of it come to us first. CALLED: we only call it. */
#ifndef INTERLEAVE_OPENCL_FUNCTIONS_H
#define INTERLEAVE_OPENCL_FUNCTIONS_H
#include <stddef.h>
#include <stdint.h>

typedef int32_t cl_int;
typedef uint32_t cl_uint;
typedef uint64_t cl_ulong;
typedef cl_ulong cl_bits; /* all its bit fields */
typedef void *cl_platform_id, *cl_device_id, *cl_context, *cl_command_queue, *cl_program, *cl_kernel, *cl_mem, *cl_event;

enum { CL_SUCCESS = 0, CL_COMPLETE = 0, CL_PROFILING_INFO_NOT_AVAILABLE = -7, CL_INVALID_VALUE = -30 };
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
enum { CL_KERNEL_FUNCTION_NAME = 0x1190, CL_MEM_SIZE = 0x1102, CL_IMAGE_ELEMENT_SIZE = 0x1111 };
enum { CL_MEM_USE_HOST_PTR = 8, CL_MEM_ALLOC_HOST_PTR = 16 };

typedef void (*MemoryGone)(cl_mem memory, void *ours);
typedef void (*SvmGone)(cl_command_queue queue, cl_uint count, void *pointers[], void *theirs);
typedef void (*ContextTrouble)(const char *what, const void *more, size_t size, void *theirs);

#define CL_WAIT_LIST cl_uint waits, const cl_event *list, cl_event *event
#define CL_INFO cl_uint what, size_t room, void *to, size_t *size

#define CL_FUNCTIONS(HOOKED, CALLED)                                                                                           \
    CALLED(cl_int, GetPlatformInfo, (cl_platform_id platform, CL_INFO))                                                        \
    CALLED(cl_int, GetDeviceInfo, (cl_device_id device, CL_INFO))                                                              \
    CALLED(cl_int, GetKernelInfo, (cl_kernel kernel, CL_INFO))                                                                 \
    CALLED(cl_int, GetMemObjectInfo, (cl_mem memory, CL_INFO))                                                                 \
    CALLED(cl_int, GetImageInfo, (cl_mem image, CL_INFO))                                                                      \
    CALLED(cl_int, RetainEvent, (cl_event))                                                                                    \
    CALLED(cl_int, ReleaseEvent, (cl_event))                                                                                   \
    CALLED(cl_int, GetDeviceAndHostTimer, (cl_device_id, cl_ulong *, cl_ulong *))                                              \
    CALLED(cl_int, SetMemObjectDestructorCallback, (cl_mem memory, MemoryGone, void *ours))                                    \
    HOOKED(cl_context, CreateContext, (const intptr_t *properties, cl_uint count, const cl_device_id *devices,                 \
                                       ContextTrouble notify, void *theirs, cl_int *error))                                    \
    HOOKED(cl_context, CreateContextFromType, (const intptr_t *properties, cl_bits type, ContextTrouble notify, void *theirs,  \
                                               cl_int *error))                                                                 \
    HOOKED(cl_int, GetContextInfo, (cl_context context, CL_INFO))                                                              \
    HOOKED(cl_command_queue, CreateCommandQueue, (cl_context context, cl_device_id device, cl_bits properties, cl_int *error)) \
    HOOKED(cl_command_queue, CreateCommandQueueWithProperties, (cl_context context, cl_device_id device,                       \
                                                                const cl_bits *properties, cl_int *error))                     \
    HOOKED(cl_int, GetCommandQueueInfo, (cl_command_queue queue, CL_INFO))                                                     \
    HOOKED(cl_int, GetEventInfo, (cl_event event, CL_INFO))                                                                    \
    HOOKED(cl_int, GetEventProfilingInfo, (cl_event event, CL_INFO))                                                           \
    HOOKED(cl_event, CreateUserEvent, (cl_context context, cl_int *error))                                                     \
    HOOKED(cl_kernel, CreateKernel, (cl_program program, const char *name, cl_int *error))                                     \
    HOOKED(cl_int, CreateKernelsInProgram, (cl_program program, cl_uint room, cl_kernel *kernels, cl_uint *count))             \
    HOOKED(cl_kernel, CloneKernel, (cl_kernel kernel, cl_int *error))                                                          \
    HOOKED(cl_int, Finish, (cl_command_queue queue))                                                                           \
    HOOKED(cl_int, WaitForEvents, (cl_uint count, const cl_event *events))                                                     \
    CL_TROUBLE(HOOKED) CL_MEMORY(HOOKED) CL_ENQUEUES(HOOKED) CL_IMAGES(HOOKED) CL_SVM(HOOKED)

#define CL_TROUBLE(HOOKED)                                                                                                     \
    HOOKED(cl_int, GetPlatformIDs, (cl_uint room, cl_platform_id *platforms, cl_uint *count))                                  \
    HOOKED(cl_int, GetDeviceIDs,                                                                                               \
           (cl_platform_id platform, cl_bits type, cl_uint room, cl_device_id *devices, cl_uint *count))                       \
    HOOKED(cl_int, BuildProgram, (cl_program program, cl_uint n, const cl_device_id *devices, const char *options,             \
                                  void *notify, void *with))                                                                   \
    HOOKED(cl_int, CompileProgram, (cl_program program, cl_uint n, const cl_device_id *devices, const char *options,           \
                                    cl_uint headers, const cl_program *header, const char **names, void *notify, void *with))  \
    HOOKED(cl_program, LinkProgram, (cl_context context, cl_uint n, const cl_device_id *devices, const char *options,          \
                                     cl_uint parts, const cl_program *part, void *notify, void *with, cl_int *error))

#define CL_MEMORY(HOOKED)                                                                                                      \
    HOOKED(cl_mem, CreateBuffer, (cl_context context, cl_bits flags, size_t size, void *host, cl_int *error))                  \
    HOOKED(cl_mem, CreateImage, (cl_context context, cl_bits flags, const void *format, const void *shape, void *host,         \
                                 cl_int *error))                                                                               \
    HOOKED(cl_mem, CreateImage2D, (cl_context context, cl_bits flags, const void *format, size_t width, size_t height,         \
                                   size_t pitch, void *host, cl_int *error))                                                   \
    HOOKED(cl_mem, CreateImage3D, (cl_context context, cl_bits flags, const void *format, size_t width, size_t height,         \
                                   size_t depth, size_t pitch, size_t slice_pitch, void *host, cl_int *error))                 \
    HOOKED(cl_mem, CreatePipe, (cl_context context, cl_bits flags, cl_uint packet, cl_uint most, const intptr_t *properties,   \
                                cl_int *error))                                                                                \
    HOOKED(void *, SVMAlloc, (cl_context context, cl_bits flags, size_t size, cl_uint alignment))                              \
    HOOKED(void, SVMFree, (cl_context context, void *pointer))

#define CL_ENQUEUES(HOOKED)                                                                                                    \
    HOOKED(cl_int, EnqueueNDRangeKernel, (cl_command_queue queue, cl_kernel kernel, cl_uint dim, const size_t *offset,         \
                                          const size_t *global, const size_t *local, CL_WAIT_LIST))                            \
    HOOKED(cl_int, EnqueueReadBuffer, (cl_command_queue queue, cl_mem from, cl_uint blocking, size_t offset, size_t size,      \
                                       void *to, CL_WAIT_LIST))                                                                \
    HOOKED(cl_int, EnqueueWriteBuffer, (cl_command_queue queue, cl_mem to, cl_uint blocking, size_t offset, size_t size,       \
                                        const void *from, CL_WAIT_LIST))                                                       \
    HOOKED(cl_int, EnqueueReadBufferRect, (cl_command_queue queue, cl_mem from, cl_uint blocking, const size_t *origin,        \
                                           const size_t *host_origin, const size_t *region, size_t pitch, size_t slice_pitch,  \
                                           size_t host_pitch, size_t host_slice_pitch, void *to, CL_WAIT_LIST))                \
    HOOKED(cl_int, EnqueueWriteBufferRect, (cl_command_queue queue, cl_mem to, cl_uint blocking, const size_t *origin,         \
                                            const size_t *host_origin, const size_t *region, size_t pitch, size_t slice_pitch, \
                                            size_t host_pitch, size_t host_slice_pitch, const void *from, CL_WAIT_LIST))       \
    HOOKED(cl_int, EnqueueCopyBuffer, (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,   \
                                       size_t size, CL_WAIT_LIST))                                                             \
    HOOKED(cl_int, EnqueueCopyBufferRect, (cl_command_queue queue, cl_mem from, cl_mem to, const size_t *from_origin,          \
                                           const size_t *to_origin, const size_t *region, size_t pitch, size_t slice_pitch,    \
                                           size_t to_pitch, size_t to_slice_pitch, CL_WAIT_LIST))                              \
    HOOKED(cl_int, EnqueueFillBuffer, (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,        \
                                       size_t offset, size_t size, CL_WAIT_LIST))                                              \
    HOOKED(void *, EnqueueMapBuffer, (cl_command_queue queue, cl_mem buffer, cl_uint blocking, cl_bits how, size_t offset,     \
                                      size_t size, CL_WAIT_LIST, cl_int *error))                                               \
    HOOKED(cl_int, EnqueueUnmapMemObject, (cl_command_queue queue, cl_mem memory, void *mapped, CL_WAIT_LIST))                 \
    HOOKED(cl_int, EnqueueMigrateMemObjects, (cl_command_queue queue, cl_uint count, const cl_mem *memory, cl_bits how,        \
                                              CL_WAIT_LIST))                                                                   \
    HOOKED(cl_int, EnqueueMarker, (cl_command_queue queue, cl_event *event))                                                   \
    HOOKED(cl_int, EnqueueMarkerWithWaitList, (cl_command_queue queue, CL_WAIT_LIST))                                          \
    HOOKED(cl_int, EnqueueBarrierWithWaitList, (cl_command_queue queue, CL_WAIT_LIST))

#define CL_IMAGES(HOOKED)                                                                                                      \
    HOOKED(cl_int, EnqueueReadImage, (cl_command_queue queue, cl_mem from, cl_uint blocking, const size_t *origin,             \
                                      const size_t *region, size_t pitch, size_t slice_pitch, void *to, CL_WAIT_LIST))         \
    HOOKED(cl_int, EnqueueWriteImage, (cl_command_queue queue, cl_mem to, cl_uint blocking, const size_t *origin,              \
                                       const size_t *region, size_t pitch, size_t slice_pitch, const void *from, CL_WAIT_LIST)) \
    HOOKED(cl_int, EnqueueCopyImage, (cl_command_queue queue, cl_mem from, cl_mem to, const size_t *from_origin,               \
                                      const size_t *to_origin, const size_t *region, CL_WAIT_LIST))                            \
    HOOKED(cl_int, EnqueueCopyImageToBuffer, (cl_command_queue queue, cl_mem from, cl_mem to, const size_t *origin,            \
                                              const size_t *region, size_t offset, CL_WAIT_LIST))                              \
    HOOKED(cl_int, EnqueueCopyBufferToImage, (cl_command_queue queue, cl_mem from, cl_mem to, size_t offset,                   \
                                              const size_t *origin, const size_t *region, CL_WAIT_LIST))                       \
    HOOKED(cl_int, EnqueueFillImage, (cl_command_queue queue, cl_mem image, const void *color, const size_t *origin,           \
                                      const size_t *region, CL_WAIT_LIST))                                                     \
    HOOKED(void *, EnqueueMapImage, (cl_command_queue queue, cl_mem image, cl_uint blocking, cl_bits how, const size_t *origin, \
                                     const size_t *region, size_t *pitch, size_t *slice_pitch, CL_WAIT_LIST, cl_int *error))

#define CL_SVM(HOOKED)                                                                                                         \
    HOOKED(cl_int, EnqueueSVMMemcpy, (cl_command_queue queue, cl_uint blocking, void *to, const void *from, size_t size,       \
                                      CL_WAIT_LIST))                                                                           \
    HOOKED(cl_int, EnqueueSVMMemFill, (cl_command_queue queue, void *to, const void *pattern, size_t pattern_size, size_t size, \
                                       CL_WAIT_LIST))                                                                          \
    HOOKED(cl_int, EnqueueSVMMap, (cl_command_queue queue, cl_uint blocking, cl_bits how, void *pointer, size_t size,          \
                                   CL_WAIT_LIST))                                                                              \
    HOOKED(cl_int, EnqueueSVMUnmap, (cl_command_queue queue, void *pointer, CL_WAIT_LIST))                                     \
    HOOKED(cl_int, EnqueueSVMMigrateMem, (cl_command_queue queue, cl_uint count, const void **pointers, const size_t *sizes,   \
                                          cl_bits how, CL_WAIT_LIST))                                                          \
    HOOKED(cl_int, EnqueueSVMFree, (cl_command_queue queue, cl_uint count, void *pointers[], SvmGone gone, void *theirs,       \
                                    CL_WAIT_LIST))

#define CL_FIELD(type, name, args) type(*name) args;
#define CL_OURS(type, name, args) type our_##name args;
#define CL_NOTHING(type, name, args)

/* The originals, NULL where this libOpenCL has none; and ours. */
extern struct Cl {
    CL_FUNCTIONS(CL_FIELD, CL_FIELD)
} cl;
CL_FUNCTIONS(CL_OURS, CL_NOTHING)
#endif
