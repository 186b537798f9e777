/* Works: in comes a kernel with the sizes of a launch, out goes the number by which `enqueue` cites it; the side file has each
 * once. All of it runs under the GIL. A kernel's name is kept by its pointer, until a new kernel has it. A program that
 * launches with ever new sizes has those of the first ones only: a line of the side file costs more than a launch. */
#include "opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KERNELS = 256, MOST_WORKS = 4096 };
typedef struct {
    cl_kernel kernel;
    char *name;
    uint64_t hash;
    cl_uint dim; /* of its last launch, and its sizes */
    bool has_local;
    size_t global[3], local[3];
    uint32_t work;
} Kernel;
static Kernel kernels[KERNELS];

static struct {
    uint64_t hash;
    uint32_t id;
} works[MOST_WORKS * 4];
static uint32_t works_said;

void works_forget(void) {
    if (!works_said) return;
    memset(kernels, 0, sizeof kernels);
    memset(works, 0, sizeof works);
    works_said = 0;
}

static Kernel *slot_of(cl_kernel kernel) { return &kernels[((uintptr_t)kernel * 0x9e3779b97f4a7c15u) >> 56]; }
static void forget(cl_kernel kernel) {
    Kernel *k = slot_of(kernel);
    if (k->kernel == kernel) k->kernel = NULL;
}

static Kernel *kernel_of(cl_kernel kernel) {
    Kernel *k = slot_of(kernel);
    if (likely(k->kernel == kernel)) return k;
    size_t size = 0;
    char *name = NULL;
    if (!cl.GetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, 0, NULL, &size) && size && (name = calloc(1, size + 1)))
        cl.GetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, size, name, NULL);
    if (!name) return NULL;
    free(k->name);
    *k = (Kernel){.kernel = kernel, .name = name, .hash = shared_hash(name)};
    return k;
}

static void add_sizes(Line *l, const char *key, cl_uint dim, const size_t *sizes) {
    line_list(l, key);
    for (cl_uint i = 0; i < dim && i < 3; i++) {
        char text[24];
        snprintf(text, sizeof text, i ? ",%zu" : "%zu", sizes[i]);
        line_raw(l, text);
    }
    line_raw(l, "]");
}

static uint32_t said(Kernel *k, uint64_t hash, cl_uint dim, const size_t *global, const size_t *local) {
    uint32_t i = (uint32_t)(hash >> 40) & (MOST_WORKS * 4 - 1);
    while (works[i].id && works[i].hash != hash) i = (i + 1) & (MOST_WORKS * 4 - 1);
    if (works[i].id) return works[i].id;
    if (dim && works_said >= MOST_WORKS) return said(k, k->hash, 0, NULL, NULL);
    if (works_said++ >= MOST_WORKS * 2) return 0;
    uint32_t id = next_work();
    works[i].hash = hash, works[i].id = id;
    Line l = line_of("work");
    line_number(&l, "id", id);
    line_utf8(&l, "name", k->name);
    if (dim) add_sizes(&l, "global", dim, global);
    if (dim && local) add_sizes(&l, "local", dim, local);
    line_send(&l);
    return id;
}

static bool as_last(const Kernel *k, cl_uint dim, const size_t *global, const size_t *local) {
    if (k->dim != dim || k->has_local != (local != NULL)) return false;
    for (cl_uint i = 0; i < dim; i++)
        if (k->global[i] != global[i] || (local && k->local[i] != local[i])) return false;
    return true;
}

uint32_t work_of(cl_kernel kernel, cl_uint dim, const size_t *global, const size_t *local) {
    Kernel *k = kernel_of(kernel);
    if (!k) return 0;
    if (dim > 3 || !global) dim = 0;
    if (likely(k->work && as_last(k, dim, global, local))) return k->work;
    uint64_t hash = k->hash + dim * 2 + (local != NULL);
    for (cl_uint i = 0; i < dim; i++) {
        hash = (hash ^ global[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
        if (local) hash = (hash ^ local[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
    }
    k->dim = dim, k->has_local = local != NULL;
    for (cl_uint i = 0; i < dim; i++) k->global[i] = global[i], k->local[i] = local ? local[i] : 0;
    return k->work = said(k, hash, dim, global, local);
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
