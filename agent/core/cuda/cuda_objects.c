/* Devices, contexts and streams: in come CUPTI's numbers, out go objects, each said once, when a record first speaks of it. What
 * a device is called the driver knows; all processes know it by its place on the bus, for each may number those that it sees. */
#include "cuda.h"
#include <stdio.h>
#include <stdlib.h>

static CudaDevice *devices;
static CudaStream *streams;
static struct Context {
    struct Context *next;
    uint32_t id, serial;
} *contexts;

static uint32_t made(uint32_t kind, uint32_t device, const char *name, uint32_t actor) {
    uint32_t serial = next_serial();
    say_object_name(serial, name);
    emit_of(&cuda_hidden.thread, actor ? actor : cuda_beginner, hidden_time(&cuda_hidden), IL_EV_NEW, kind, serial, 0, 0, device);
    return serial;
}

/* ── devices ────────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void say_device(const CudaDevice *d, int device) {
    size_t memory = 0;
    int units = 0, version = 0;
    uint32_t cupti_version = 0;
    char text[64];
    driver.DriverGetVersion(&version);
    cupti.GetVersion(&cupti_version);
    snprintf(text, sizeof text, "CUDA %d.%d, CUPTI %u", version / 1000, version % 1000 / 10, cupti_version);
    Line l = line_of("device");
    line_number(&l, "object", d->serial);
    line_utf8(&l, "type", "gpu");
    line_utf8(&l, "vendor", "NVIDIA");
    line_utf8(&l, "driver", text);
    if (!driver.DeviceTotalMem_v2(&memory, device)) line_number(&l, "memory", (int64_t)memory);
    if (!driver.DeviceGetAttribute(&units, ATTRIBUTE_MULTIPROCESSORS, device)) line_number(&l, "units", units);
    line_send(&l);
}

static CudaDevice *device_of(uint32_t ordinal, uint32_t actor) {
    for (CudaDevice *d = devices; d; d = d->next)
        if (d->ordinal == ordinal) return d;
    CudaDevice *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    char name[256] = "NVIDIA GPU", called[300], place[32] = "", key[64];
    int device = 0;
    if (!driver.DeviceGet(&device, (int)ordinal)) {
        driver.DeviceGetName(name, sizeof name, device);
        driver.DeviceGetPCIBusId(place, sizeof place, device);
    }
    snprintf(called, sizeof called, "%s #%u", name, ordinal);
    *d = (CudaDevice){.next = devices, .ordinal = ordinal, .early = INT64_MAX, .late = INT64_MAX};
    d->serial = made(IL_OBJ_DEVICE, 0, called, actor);
    snprintf(key, sizeof key, "device cuda %s", place);
    if (*place) shared_say(d->serial, key);
    say_device(d, device);
    return devices = d;
}

/* ── how well its times are known ───────────────────────────────────────────────────────────────────────────────────── */
void cuda_bound(CudaDevice *d, int64_t early, int64_t late) {
    if (early < d->early) d->early = early;
    if (late < d->late) d->late = late;
}

static int64_t size_of(int64_t n) { return n < 0 ? -n : n; }

static void say_clock(CudaDevice *d, bool last) {
    if (d->early == INT64_MAX || d->late == INT64_MAX) return;
    int64_t off = size_of(d->early) > size_of(d->late) ? size_of(d->early) : size_of(d->late);
    if (off == d->said || (d->said && !last && off > d->said / 2)) return;
    d->said = off;
    Line l = line_of("device");
    line_number(&l, "object", d->serial);
    line_utf8(&l, "clock",
              "CUPTI gives the device's times on the run's clock and does not say how well; no command that began before its call, "
              "or ended after a wait for it, was off by more");
    line_number(&l, "uncertainty", off);
    line_send(&l);
}
void cuda_say_clocks(bool last) {
    for (CudaDevice *d = devices; d; d = d->next) say_clock(d, last);
}

/* ── contexts and streams ───────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t cuda_context(uint32_t id, uint32_t device, uint32_t actor) {
    for (struct Context *c = contexts; c; c = c->next)
        if (c->id == id) return c->serial;
    CudaDevice *d = device_of(device, actor);
    struct Context *c = d ? malloc(sizeof *c) : NULL;
    if (!c) return 0;
    char name[32];
    snprintf(name, sizeof name, "CUDA context %u", id);
    *c = (struct Context){contexts, id, made(IL_OBJ_CONTEXT, d->serial, name, actor)};
    contexts = c;
    return c->serial;
}

/* The last that was asked for comes first. */
CudaStream *cuda_stream(Where where, uint32_t actor) {
    for (CudaStream **at = &streams; *at; at = &(*at)->next) {
        CudaStream *s = *at;
        if (s->id != where.stream || s->context != where.context) continue;
        *at = s->next, s->next = streams;
        return streams = s;
    }
    uint32_t context = cuda_context(where.context, where.device, actor);
    CudaDevice *d = context ? device_of(where.device, actor) : NULL;
    CudaStream *s = d ? calloc(1, sizeof *s) : NULL;
    if (!s) return NULL;
    char name[32] = "default stream";
    if (where.stream != null_stream_of(where.context)) snprintf(name, sizeof name, "stream %u", where.stream);
    *s = (CudaStream){streams, d, where.context, where.stream, made(IL_OBJ_STREAM, d->serial, name, actor), 0};
    Line l = line_of("stream");
    line_number(&l, "object", s->serial);
    line_number(&l, "context", context);
    line_flag(&l, "inOrder", true);
    line_send(&l);
    return streams = s;
}

bool cuda_only_stream(uint32_t context) {
    int n = 0;
    for (CudaStream *s = streams; s; s = s->next) n += s->context == context;
    return n == 1;
}
