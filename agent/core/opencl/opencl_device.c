/* Devices and contexts: in come the library's pointers, out go objects, each said once. A device is known to all processes
 * by its platform, its name and its place among the platform's. A part of a device (sub-device) runs on the whole. Objects are
 * made under the GIL; who looks for one without it may see a list that has just grown. */
#include "opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Device *devices;

static void text_of(cl_device_id id, cl_uint what, char *to, size_t room) {
    if (cl.GetDeviceInfo(id, what, room - 1, to, NULL)) *to = 0;
    for (size_t n = strlen(to); n && to[n - 1] == ' ';) to[--n] = 0;
}
static uint64_t number_of(cl_device_id id, cl_uint what, size_t size) {
    uint64_t n = 0; /* little-endian: a shorter one lies in the low bytes */
    return cl.GetDeviceInfo(id, what, size, &n, NULL) ? 0 : n;
}

static cl_device_id whole_of(cl_device_id id) {
    enum { DEEPEST = 8 };
    for (int i = 0; i < DEEPEST; i++) {
        cl_device_id parent = NULL;
        if (cl.GetDeviceInfo(id, CL_DEVICE_PARENT_DEVICE, sizeof parent, &parent, NULL) || !parent) break;
        id = parent;
    }
    return id;
}

static cl_uint place_of(cl_platform_id platform, cl_device_id id) {
    enum { MOST = 64 };
    cl_device_id all[MOST];
    cl_uint n = 0;
    if (!cl.GetDeviceIDs || cl.GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MOST, all, &n)) return 0;
    for (cl_uint i = 0; i < n && i < MOST; i++)
        if (all[i] == id) return i;
    return 0;
}

static void say_name(const Device *d, cl_platform_id platform, const char *library) {
    char name[256] = "", key[640];
    text_of(d->id, CL_DEVICE_NAME, name, sizeof name);
    snprintf(key, sizeof key, "device OpenCL %s, %s %u", library, name, place_of(platform, d->id));
    shared_say(d->serial, key);
    say_object_name(d->serial, name);
    emit(now(), IL_EV_NEW, IL_OBJ_DEVICE, d->serial, 0, 0, 0);
}

static void say_device(Device *d) {
    char vendor[256] = "", version[128] = "", library[256] = "", library_version[256] = "", driver[700];
    cl_platform_id platform = NULL;
    cl.GetDeviceInfo(d->id, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
    if (cl.GetPlatformInfo) {
        cl.GetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof library - 1, library, NULL);
        cl.GetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof library_version - 1, library_version, NULL);
    }
    say_name(d, platform, library);
    text_of(d->id, CL_DEVICE_VENDOR, vendor, sizeof vendor);
    text_of(d->id, CL_DRIVER_VERSION, version, sizeof version);
    snprintf(driver, sizeof driver, "%s, %s, driver %s", library, library_version, version);
    uint64_t type = number_of(d->id, CL_DEVICE_TYPE, sizeof(cl_bits));
    d->unified = type & CL_DEVICE_TYPE_CPU || number_of(d->id, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(cl_uint));
    Line l = line_of("device");
    line_number(&l, "object", d->serial);
    if (type & (CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_ACCELERATOR))
        line_utf8(&l, "type", type & CL_DEVICE_TYPE_GPU ? "gpu" : type & CL_DEVICE_TYPE_CPU ? "cpu" : "accelerator");
    line_utf8(&l, "vendor", vendor);
    line_utf8(&l, "driver", driver);
    line_number(&l, "memory", (int64_t)number_of(d->id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong)));
    line_number(&l, "units", (int64_t)number_of(d->id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(cl_uint)));
    line_send(&l);
}

Device *device_of(cl_device_id id) {
    id = whole_of(id);
    for (Device *d = devices; d; d = d->next)
        if (d->id == id) return d;
    Device *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    *d = (Device){.next = devices, .id = id, .serial = next_serial(), .clock = {.same = -1, .said_same = -1}};
    say_device(d);
    __atomic_store_n(&devices, d, __ATOMIC_RELEASE);
    return d;
}

/* ── contexts ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static struct Context {
    struct Context *next;
    cl_context context;
    uint32_t serial;
} *contexts;

void devices_forget(void) { devices = NULL, contexts = NULL; }

uint32_t context_known(cl_context context) {
    for (struct Context *c = __atomic_load_n(&contexts, __ATOMIC_ACQUIRE); c; c = c->next)
        if (c->context == context) return c->serial;
    return 0;
}

uint32_t context_of(cl_context context) {
    enum { MOST = 64 };
    uint32_t known = context_known(context);
    struct Context *c = known ? NULL : calloc(1, sizeof *c);
    if (!c) return known;
    cl_device_id all[MOST];
    size_t size = 0;
    bool has = !cl.GetContextInfo(context, CL_CONTEXT_DEVICES, sizeof all, all, &size) && size >= sizeof *all;
    Device *first = has ? device_of(all[0]) : NULL;
    *c = (struct Context){contexts, context, next_serial()};
    emit(now(), IL_EV_NEW, IL_OBJ_CONTEXT, c->serial, 0, site_here(), first ? first->serial : 0);
    __atomic_store_n(&contexts, c, __ATOMIC_RELEASE);
    return c->serial;
}

static cl_context made(cl_context context) {
    for (struct Context *c = contexts; c; c = c->next)
        if (c->context == context) c->context = NULL; /* it is gone */
    if (context) context_of(context);
    return context;
}

cl_context our_CreateContext(const intptr_t *properties, cl_uint count, const cl_device_id *ids, ContextTrouble notify, void *theirs,
                             cl_int *error) {
    return made(cl.CreateContext(properties, count, ids, notify, theirs, error));
}
cl_context our_CreateContextFromType(const intptr_t *properties, cl_bits type, ContextTrouble notify, void *theirs, cl_int *error) {
    return made(cl.CreateContextFromType(properties, type, notify, theirs, error));
}

/* Events that we hold, hold their context. */
cl_int our_GetContextInfo(cl_context context, cl_uint what, size_t room, void *to, size_t *size) {
    if (what == CL_CONTEXT_REFERENCE_COUNT) harvest();
    return cl.GetContextInfo(context, what, room, to, size);
}
