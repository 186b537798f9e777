/* Memory of contexts: taken where it is made, given back when the library says that it is gone (which may be long after the
 * program let go of it: a command may still use it). Parts of a buffer are no memory, and what lies in the program's own
 * (USE_HOST_PTR) takes none on the device. Memory of which nothing will be heard is not told either: it would seem to leak. */
#include "opencl.h"
#include <stdlib.h>

typedef struct {
    uint64_t bytes;
    uint32_t context, forks;
} Taken;

uint64_t memory_size(cl_mem memory) {
    size_t size = 0;
    return cl.GetMemObjectInfo && !cl.GetMemObjectInfo(memory, CL_MEM_SIZE, sizeof size, &size, NULL) ? size : 0;
}

static void tell_allocate(uint32_t context, uint64_t bytes) {
    emit(now(), IL_EV_ALLOCATE, 0, context, (uint32_t)(bytes >> 32), site_here(), (uint32_t)bytes);
}

static void gone(cl_mem memory, void *taken) {
    Taken *t = taken;
    (void)memory;
    if (t->forks == forks) tell_free(t->context, t->bytes);
    free(t);
}

static cl_mem made(cl_context context, cl_bits flags, cl_mem memory) {
    if (!memory || flags & CL_MEM_USE_HOST_PTR || !cl.SetMemObjectDestructorCallback) return memory;
    Taken *t = malloc(sizeof *t);
    if (!t) return memory;
    *t = (Taken){memory_size(memory), context_of(context), forks};
    if (!t->bytes || cl.SetMemObjectDestructorCallback(memory, gone, t)) return free(t), memory;
    tell_allocate(t->context, t->bytes);
    return memory;
}

cl_mem our_CreateBuffer(cl_context context, cl_bits flags, size_t size, void *host, cl_int *error) {
    return made(context, flags, cl.CreateBuffer(context, flags, size, host, error));
}
cl_mem our_CreateImage(cl_context context, cl_bits flags, const void *format, const void *shape, void *host, cl_int *error) {
    return made(context, flags, cl.CreateImage(context, flags, format, shape, host, error));
}
cl_mem our_CreateImage2D(cl_context context, cl_bits flags, const void *format, size_t width, size_t height, size_t pitch, void *host,
                         cl_int *error) {
    return made(context, flags, cl.CreateImage2D(context, flags, format, width, height, pitch, host, error));
}
cl_mem our_CreateImage3D(cl_context context, cl_bits flags, const void *format, size_t width, size_t height, size_t depth,
                         size_t pitch, size_t slice_pitch, void *host, cl_int *error) {
    return made(context, flags, cl.CreateImage3D(context, flags, format, width, height, depth, pitch, slice_pitch, host, error));
}
cl_mem our_CreatePipe(cl_context context, cl_bits flags, cl_uint packet, cl_uint most, const intptr_t *properties, cl_int *error) {
    return made(context, flags, cl.CreatePipe(context, flags, packet, most, properties, error));
}

/* ── where on the host a device reaches: what was mapped, and SVM ───────────────────────────────────────────────── */
static struct Region {
    struct Region *next;
    const char *start;
    size_t size;
    uint32_t context; /* of SVM */
} *regions;

void memory_forget(void) { regions = NULL; }

static void add(const void *start, size_t size, uint32_t context) {
    struct Region *r = start ? malloc(sizeof *r) : NULL;
    if (!r) return;
    opencl_lock();
    *r = (struct Region){regions, start, size, context};
    regions = r;
    opencl_unlock();
}
void region_add(const void *start, size_t size) { add(start, size, 0); }

static uint64_t take(const void *start, bool svm) {
    uint64_t size = 0;
    opencl_lock();
    for (struct Region **r = &regions; *r; r = &(*r)->next) {
        struct Region *found = *r;
        if (found->start != start || (found->context != 0) != svm) continue;
        *r = found->next, size = found->size;
        free(found);
        break;
    }
    opencl_unlock();
    return size;
}
void region_remove(const void *start) { take(start, false); }

uint32_t pageable(cl_command_queue queue, const void *host) {
    Stream *s = stream_of(queue);
    if (!s || s->device->unified) return 0;
    bool reached = false;
    opencl_lock();
    for (struct Region *r = regions; r && !reached; r = r->next)
        reached = (const char *)host >= r->start && (const char *)host < r->start + r->size;
    opencl_unlock();
    return reached ? 0 : IL_FLAG_PAGEABLE;
}

void *our_SVMAlloc(cl_context context, cl_bits flags, size_t size, cl_uint alignment) {
    void *pointer = cl.SVMAlloc(context, flags, size, alignment);
    uint32_t serial = pointer ? context_of(context) : 0;
    if (!serial) return pointer;
    add(pointer, size, serial);
    tell_allocate(serial, size);
    return pointer;
}
uint64_t svm_taken_back(void *pointer) { return take(pointer, true); }

void our_SVMFree(cl_context context, void *pointer) {
    cl.SVMFree(context, pointer);
    uint64_t bytes = pointer ? svm_taken_back(pointer) : 0;
    if (bytes) tell_free(context_known(context), bytes);
}
