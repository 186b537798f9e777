/* Devices and contexts: in come the library's pointers, out go objects, each said once. A device is known to all processes
 * by its platform, its name and its place among the platform's. A part of a device (sub-device) runs on the whole. */
#include "opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Device *devices;

static void text_of(cl_device_id id, cl_uint what, char *to, size_t room) {
    if (cl.GetDeviceInfo(id, what, room, to, NULL)) *to = 0;
    to[room - 1] = 0;
}
static uint64_t number_of(cl_device_id id, cl_uint what, size_t size) {
    uint64_t n = 0; /* little-endian: a shorter one lies in the low bytes */
    return cl.GetDeviceInfo(id, what, size, &n, NULL) ? 0 : n;
}

static cl_device_id whole_of(cl_device_id id) {
    for (int i = 0; i < 8; i++) {
        cl_device_id parent = NULL;
        if (cl.GetDeviceInfo(id, CL_DEVICE_PARENT_DEVICE, sizeof parent, &parent, NULL) || !parent) break;
        id = parent;
    }
    return id;
}

static int place_of(cl_platform_id platform, cl_device_id id) {
    cl_device_id all[64];
    cl_uint n = 0;
    if (!cl.GetDeviceIDs || cl.GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 64, all, &n)) return 0;
    for (cl_uint i = 0; i < n && i < 64; i++)
        if (all[i] == id) return (int)i;
    return 0;
}

static void trim(char *text) {
    size_t n = strlen(text);
    while (n && text[n - 1] == ' ') text[--n] = 0;
}

static void say_device(Device *d) {
    char name[256] = "", vendor[256] = "", version[128] = "", library[256] = "", library_version[256] = "", key[640], driver[640];
    cl_platform_id platform = NULL;
    cl.GetDeviceInfo(d->id, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
    if (cl.GetPlatformInfo) {
        cl.GetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof library - 1, library, NULL);
        cl.GetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof library_version - 1, library_version, NULL);
    }
    text_of(d->id, CL_DEVICE_NAME, name, sizeof name);
    text_of(d->id, CL_DEVICE_VENDOR, vendor, sizeof vendor);
    text_of(d->id, CL_DRIVER_VERSION, version, sizeof version);
    trim(name), trim(vendor), trim(version), trim(library), trim(library_version);
    d->unified = number_of(d->id, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(cl_uint)) != 0;
    snprintf(key, sizeof key, "device OpenCL %s/%s %d", library, name, place_of(platform, d->id));
    snprintf(driver, sizeof driver, "%s, %s, driver %s", library, library_version, version);
    shared_say(d->serial, key);
    Line l = line_of("name");
    line_number(&l, "object", d->serial);
    line_utf8(&l, "name", name);
    line_send(&l);
    emit(now(), IL_EV_NEW, IL_OBJ_DEVICE, d->serial, 0, 0, 0);
    uint64_t type = number_of(d->id, CL_DEVICE_TYPE, sizeof(cl_bits));
    l = line_of("device");
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
    *d = (Device){.next = devices, .id = id, .serial = next_serial()};
    say_device(d);
    __atomic_store_n(&devices, d, __ATOMIC_RELEASE);
    return d;
}

void say_device_clock(const Device *d) {
    Line l = line_of("device");
    line_number(&l, "object", d->serial);
    line_utf8(&l, "clock", "Its clock is put on the run's by the calls that enqueue its commands: the device queues each between the "
                           "begin and the end of its call.");
    line_number(&l, "uncertainty", (int64_t)d->worst);
    line_send(&l);
}

static struct Context {
    struct Context *next;
    cl_context context;
    uint32_t serial;
} *contexts;

uint32_t context_of(cl_context context, Device *device) {
    for (struct Context *c = contexts; c; c = c->next)
        if (c->context == context) return c->serial;
    struct Context *c = calloc(1, sizeof *c);
    if (!c) return 0;
    *c = (struct Context){contexts, context, next_serial()};
    emit(now(), IL_EV_NEW, IL_OBJ_CONTEXT, c->serial, 0, site_here(), device ? device->serial : 0);
    __atomic_store_n(&contexts, c, __ATOMIC_RELEASE);
    return c->serial;
}
