/* The calls that enqueue what is done to images, as opencl_enqueue.c does for buffers. Their bytes are their pixels'. */
#include "opencl.h"

static uint64_t bytes_of(cl_mem image, const size_t *region) {
    size_t pixel = 0;
    if (!region || !cl.GetImageInfo || cl.GetImageInfo(image, CL_IMAGE_ELEMENT_SIZE, sizeof pixel, &pixel, NULL)) return 0;
    return (uint64_t)region[0] * region[1] * region[2] * pixel;
}

cl_int our_EnqueueReadImage(cl_command_queue queue, cl_mem from, cl_uint blocking, const size_t *origin, const size_t *region,
                            size_t pitch, size_t slice_pitch, void *to, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_READ | pageable(queue, to), bytes_of(from, region), blocking);
    return command_returns(&c, cl.EnqueueReadImage(queue, from, blocking, origin, region, pitch, slice_pitch, to, EVENTS));
}

cl_int our_EnqueueWriteImage(cl_command_queue queue, cl_mem to, cl_uint blocking, const size_t *origin, const size_t *region,
                             size_t pitch, size_t slice_pitch, const void *from, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_WRITE | pageable(queue, from), bytes_of(to, region), blocking);
    return command_returns(&c, cl.EnqueueWriteImage(queue, to, blocking, origin, region, pitch, slice_pitch, from, EVENTS));
}

cl_int our_EnqueueCopyImage(cl_command_queue queue, cl_mem from, cl_mem to, const size_t *from_origin, const size_t *to_origin,
                            const size_t *region, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, bytes_of(from, region), false);
    return command_returns(&c, cl.EnqueueCopyImage(queue, from, to, from_origin, to_origin, region, EVENTS));
}

cl_int our_EnqueueCopyImageToBuffer(cl_command_queue queue, cl_mem from, cl_mem to, const size_t *origin, const size_t *region,
                                    size_t offset, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, bytes_of(from, region), false);
    return command_returns(&c, cl.EnqueueCopyImageToBuffer(queue, from, to, origin, region, offset, EVENTS));
}

cl_int our_EnqueueCopyBufferToImage(cl_command_queue queue, cl_mem from, cl_mem to, size_t offset, const size_t *origin,
                                    const size_t *region, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, bytes_of(to, region), false);
    return command_returns(&c, cl.EnqueueCopyBufferToImage(queue, from, to, offset, origin, region, EVENTS));
}

cl_int our_EnqueueFillImage(cl_command_queue queue, cl_mem image, const void *color, const size_t *origin, const size_t *region,
                            CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_FILL, bytes_of(image, region), false);
    return command_returns(&c, cl.EnqueueFillImage(queue, image, color, origin, region, EVENTS));
}

void *our_EnqueueMapImage(cl_command_queue queue, cl_mem image, cl_uint blocking, cl_bits how, const size_t *origin,
                          const size_t *region, size_t *pitch, size_t *slice_pitch, CL_WAIT_LIST, cl_int *error) {
    cl_int status = CL_SUCCESS;
    uint64_t bytes = bytes_of(image, region);
    COMMAND(IL_COMMAND_MAP, bytes, blocking);
    void *mapped = cl.EnqueueMapImage(queue, image, blocking, how, origin, region, pitch, slice_pitch, EVENTS, &status);
    command_returns(&c, status);
    region_add(mapped, bytes);
    if (error) *error = status;
    return mapped;
}
