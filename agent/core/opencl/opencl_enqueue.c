/* The calls that enqueue kernels, and what is done to buffers; markers and barriers. Each says what the command is, and calls
 * the original. (Those that OpenCL 1.1 had before it could say what to wait for, clEnqueueBarrier and clEnqueueWaitForEvents, give
 * no event: they are no commands here.) */
#include "opencl.h"

cl_int our_EnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dim, const size_t *offset, const size_t *global,
                                const size_t *local, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_KERNEL, work_of(kernel, dim, global, local), false);
    return command_returns(&c, cl.EnqueueNDRangeKernel(queue, kernel, dim, offset, global, local, EVENTS));
}

cl_int our_EnqueueReadBuffer(cl_command_queue queue, cl_mem from, cl_uint blocking, size_t offset, size_t size, void *to,
                             CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_READ | pageable(queue, to), size, blocking);
    return command_returns(&c, cl.EnqueueReadBuffer(queue, from, blocking, offset, size, to, EVENTS));
}

cl_int our_EnqueueWriteBuffer(cl_command_queue queue, cl_mem to, cl_uint blocking, size_t offset, size_t size, const void *from,
                              CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_WRITE | pageable(queue, from), size, blocking);
    return command_returns(&c, cl.EnqueueWriteBuffer(queue, to, blocking, offset, size, from, EVENTS));
}

static uint64_t bytes_in(const size_t *region) { return region ? (uint64_t)region[0] * region[1] * region[2] : 0; }

cl_int our_EnqueueReadBufferRect(cl_command_queue queue, cl_mem from, cl_uint blocking, const size_t *origin,
                                 const size_t *host_origin, const size_t *region, size_t pitch, size_t slice_pitch,
                                 size_t host_pitch, size_t host_slice_pitch, void *to, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_READ | pageable(queue, to), bytes_in(region), blocking);
    return command_returns(&c, cl.EnqueueReadBufferRect(queue, from, blocking, origin, host_origin, region, pitch, slice_pitch,
                                                        host_pitch, host_slice_pitch, to, EVENTS));
}

cl_int our_EnqueueWriteBufferRect(cl_command_queue queue, cl_mem to, cl_uint blocking, const size_t *origin,
                                  const size_t *host_origin, const size_t *region, size_t pitch, size_t slice_pitch,
                                  size_t host_pitch, size_t host_slice_pitch, const void *from, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_WRITE | pageable(queue, from), bytes_in(region), blocking);
    return command_returns(&c, cl.EnqueueWriteBufferRect(queue, to, blocking, origin, host_origin, region, pitch, slice_pitch,
                                                         host_pitch, host_slice_pitch, from, EVENTS));
}

cl_int our_EnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size,
                             CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, size, false);
    return command_returns(&c, cl.EnqueueCopyBuffer(queue, from, to, from_offset, to_offset, size, EVENTS));
}

cl_int our_EnqueueCopyBufferRect(cl_command_queue queue, cl_mem from, cl_mem to, const size_t *from_origin, const size_t *to_origin,
                                 const size_t *region, size_t pitch, size_t slice_pitch, size_t to_pitch, size_t to_slice_pitch,
                                 CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, bytes_in(region), false);
    return command_returns(&c, cl.EnqueueCopyBufferRect(queue, from, to, from_origin, to_origin, region, pitch, slice_pitch, to_pitch,
                                                        to_slice_pitch, EVENTS));
}

cl_int our_EnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset,
                             size_t size, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_FILL, size, false);
    return command_returns(&c, cl.EnqueueFillBuffer(queue, buffer, pattern, pattern_size, offset, size, EVENTS));
}

void *our_EnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_uint blocking, cl_bits how, size_t offset, size_t size,
                           CL_WAIT_LIST, cl_int *error) {
    cl_int status = CL_SUCCESS;
    COMMAND(IL_COMMAND_MAP, size, blocking);
    void *mapped = cl.EnqueueMapBuffer(queue, buffer, blocking, how, offset, size, EVENTS, &status);
    command_returns(&c, status);
    region_add(mapped, size);
    if (error) *error = status;
    return mapped;
}

cl_int our_EnqueueUnmapMemObject(cl_command_queue queue, cl_mem memory, void *mapped, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_UNMAP, 0, false);
    cl_int status = command_returns(&c, cl.EnqueueUnmapMemObject(queue, memory, mapped, EVENTS));
    if (!status) region_remove(mapped);
    return status;
}

cl_int our_EnqueueMigrateMemObjects(cl_command_queue queue, cl_uint count, const cl_mem *memory, cl_bits how, CL_WAIT_LIST) {
    uint64_t bytes = 0;
    for (cl_uint i = 0; memory && i < count; i++) bytes += memory_size(memory[i]);
    COMMAND(IL_COMMAND_MIGRATE, bytes, false);
    return command_returns(&c, cl.EnqueueMigrateMemObjects(queue, count, memory, how, EVENTS));
}

cl_int our_EnqueueMarker(cl_command_queue queue, cl_event *event) {
    cl_uint waits = 0;
    const cl_event *list = NULL;
    COMMAND(IL_COMMAND_MARKER, 0, false);
    return command_returns(&c, cl.EnqueueMarker(queue, c.event));
}

cl_int our_EnqueueMarkerWithWaitList(cl_command_queue queue, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_MARKER, 0, false);
    return command_returns(&c, cl.EnqueueMarkerWithWaitList(queue, EVENTS));
}

cl_int our_EnqueueBarrierWithWaitList(cl_command_queue queue, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_BARRIER, 0, false);
    return command_returns(&c, cl.EnqueueBarrierWithWaitList(queue, EVENTS));
}
