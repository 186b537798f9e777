/* What a kernel of OpenCL is called: asked once, and kept by its pointer until a new kernel has it. All of it runs under the GIL. */
#include "opencl.h"
#include <stdlib.h>
#include <string.h>

static Kernel kernels[KERNELS];

void kernels_forget(void) { memset(kernels, 0, sizeof kernels); }

static void forget(cl_kernel kernel) {
    Kernel *k = kernel_slot(kernels, kernel);
    if (k->key == kernel) k->key = NULL;
}

static Kernel *kernel_of(cl_kernel kernel) {
    Kernel *k = kernel_slot(kernels, kernel);
    if (likely(k->key == kernel)) return k;
    size_t size = 0;
    char *name = NULL;
    if (!cl.GetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, 0, NULL, &size) && size && (name = calloc(1, size + 1)))
        cl.GetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, size, name, NULL);
    if (!name) return NULL;
    return kernel_named(k, kernel, name), k;
}

static Sizes sizes(cl_uint dim, const size_t *of) {
    Sizes s = {.n = of && dim <= 3 ? dim : 0};
    for (cl_uint i = 0; i < s.n; i++) s.of[i] = of[i];
    return s;
}

uint32_t work_of(cl_kernel kernel, cl_uint dim, const size_t *global, const size_t *local) {
    Kernel *k = kernel_of(kernel);
    return k ? kernel_work(k, sizes(dim, global), global ? sizes(dim, local) : (Sizes){0}) : 0;
}

cl_kernel our_CreateKernel(cl_program program, const char *name, cl_int *error) {
    cl_kernel kernel = cl.CreateKernel(program, name, error);
    forget(kernel);
    return kernel;
}
cl_kernel our_CloneKernel(cl_kernel original, cl_int *error) {
    cl_kernel kernel = cl.CloneKernel(original, error);
    forget(kernel);
    return kernel;
}
cl_int our_CreateKernelsInProgram(cl_program program, cl_uint room, cl_kernel *made, cl_uint *count) {
    cl_int status = cl.CreateKernelsInProgram(program, room, made, count);
    for (cl_uint i = 0; !status && made && i < room; i++) forget(made[i]);
    return status;
}
