/* The calls that enqueue kernels, and what is done to buffers; markers and barriers. Each: what the command is, the original. */
#include "opencl.h"

#define EVENTS waits, list, event
#define BEGINS(flags, arg, blocks) \
    Command c; \
    command_begins(&c, queue, flags, arg, blocks, EVENTS)
#define THE_LIST waits, list, c.event

cl_int our_EnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dim, const size_t *offset, const size_t *global,
                                const size_t *local, WAIT_LIST) {
    BEGINS(IL_COMMAND_KERNEL, work_of(kernel, dim, global, local), false);
    return command_returns(&c, cl.EnqueueNDRangeKernel(queue, kernel, dim, offset, global, local, THE_LIST));
}

cl_int our_EnqueueReadBuffer(cl_command_queue queue, cl_mem from, cl_uint blocking, size_t offset, size_t size, void *to, WAIT_LIST) {
    BEGINS(IL_COMMAND_READ, saturated(size), blocking);
    return command_returns(&c, cl.EnqueueReadBuffer(queue, from, blocking, offset, size, to, THE_LIST));
}

cl_int our_EnqueueWriteBuffer(cl_command_queue queue, cl_mem to, cl_uint blocking, size_t offset, size_t size, const void *from,
                              WAIT_LIST) {
    BEGINS(IL_COMMAND_WRITE, saturated(size), blocking);
    return command_returns(&c, cl.EnqueueWriteBuffer(queue, to, blocking, offset, size, from, THE_LIST));
}

cl_int our_EnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size,
                             WAIT_LIST) {
    BEGINS(IL_COMMAND_COPY, saturated(size), false);
    return command_returns(&c, cl.EnqueueCopyBuffer(queue, from, to, from_offset, to_offset, size, THE_LIST));
}

cl_int our_EnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset,
                             size_t size, WAIT_LIST) {
    BEGINS(IL_COMMAND_FILL, saturated(size), false);
    return command_returns(&c, cl.EnqueueFillBuffer(queue, buffer, pattern, pattern_size, offset, size, THE_LIST));
}

void *our_EnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_uint blocking, cl_bits how, size_t offset, size_t size,
                           WAIT_LIST, cl_int *error) {
    cl_int status = CL_SUCCESS;
    BEGINS(IL_COMMAND_MAP, saturated(size), blocking);
    void *mapped = cl.EnqueueMapBuffer(queue, buffer, blocking, how, offset, size, THE_LIST, &status);
    command_returns(&c, status);
    if (error) *error = status;
    return mapped;
}

cl_int our_EnqueueUnmapMemObject(cl_command_queue queue, cl_mem memory, void *mapped, WAIT_LIST) {
    BEGINS(IL_COMMAND_UNMAP, 0, false);
    return command_returns(&c, cl.EnqueueUnmapMemObject(queue, memory, mapped, THE_LIST));
}

cl_int our_EnqueueMarker(cl_command_queue queue, cl_event *event) {
    cl_uint waits = 0;
    const cl_event *list = NULL;
    BEGINS(IL_COMMAND_MARKER, 0, false);
    return command_returns(&c, cl.EnqueueMarker(queue, c.event));
}

cl_int our_EnqueueMarkerWithWaitList(cl_command_queue queue, WAIT_LIST) {
    BEGINS(IL_COMMAND_MARKER, 0, false);
    return command_returns(&c, cl.EnqueueMarkerWithWaitList(queue, THE_LIST));
}

cl_int our_EnqueueBarrierWithWaitList(cl_command_queue queue, WAIT_LIST) {
    BEGINS(IL_COMMAND_BARRIER, 0, false);
    return command_returns(&c, cl.EnqueueBarrierWithWaitList(queue, THE_LIST));
}
