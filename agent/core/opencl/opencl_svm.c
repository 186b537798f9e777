/* The calls that enqueue what is done to shared virtual memory, as opencl_enqueue.c does for buffers. What clEnqueueSVMFree gives
 * back is free when that command is over. */
#include "opencl.h"

cl_int our_EnqueueSVMMemcpy(cl_command_queue queue, cl_uint blocking, void *to, const void *from, size_t size, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_COPY, size, blocking);
    return command_returns(&c, cl.EnqueueSVMMemcpy(queue, blocking, to, from, size, EVENTS));
}

cl_int our_EnqueueSVMMemFill(cl_command_queue queue, void *to, const void *pattern, size_t pattern_size, size_t size, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_FILL, size, false);
    return command_returns(&c, cl.EnqueueSVMMemFill(queue, to, pattern, pattern_size, size, EVENTS));
}

cl_int our_EnqueueSVMMap(cl_command_queue queue, cl_uint blocking, cl_bits how, void *pointer, size_t size, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_MAP, size, blocking);
    return command_returns(&c, cl.EnqueueSVMMap(queue, blocking, how, pointer, size, EVENTS));
}

cl_int our_EnqueueSVMUnmap(cl_command_queue queue, void *pointer, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_UNMAP, 0, false);
    return command_returns(&c, cl.EnqueueSVMUnmap(queue, pointer, EVENTS));
}

cl_int our_EnqueueSVMMigrateMem(cl_command_queue queue, cl_uint count, const void **pointers, const size_t *sizes, cl_bits how,
                                CL_WAIT_LIST) {
    uint64_t bytes = 0;
    for (cl_uint i = 0; sizes && i < count; i++) bytes += sizes[i];
    COMMAND(IL_COMMAND_MIGRATE, bytes, false);
    return command_returns(&c, cl.EnqueueSVMMigrateMem(queue, count, pointers, sizes, how, EVENTS));
}

cl_int our_EnqueueSVMFree(cl_command_queue queue, cl_uint count, void *pointers[], SvmGone gone, void *theirs, CL_WAIT_LIST) {
    COMMAND(IL_COMMAND_OTHER, 0, false);
    for (cl_uint i = 0; pointers && i < count; i++) c.frees += svm_taken_back(pointers[i]);
    return command_returns(&c, cl.EnqueueSVMFree(queue, count, pointers, gone, theirs, EVENTS));
}
