/* Stands in for NVIDIA's driver and CUPTI where there is no GPU: a test plays the calls of a program into the listener that has
 * subscribed, and records as buffers of CUPTI, each in 256 bytes. Built once as libcuda.so.1 and once as libcupti.so.13. */
#define _GNU_SOURCE
#include "../../core/cuda/cupti.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT = 256 };
static const char *const names[] = {"", "cuLaunchKernel", "cuMemcpyDtoH_v2", "cuStreamSynchronize", "cuCtxSynchronize",
                                    "cuMemcpyHtoDAsync_v2", "cuGraphLaunch", "cuMemAlloc_v2"};
enum { NAMES = sizeof names / sizeof *names };

/* ── the driver ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static int initialized;
int cuInit(unsigned flags) {
    const char *tool = getenv("CUDA_INJECTION64_PATH");
    void *library = tool ? dlopen(tool, RTLD_NOW) : NULL;
    int (*start)(void) = NULL;
    if (library) *(void **)&start = dlsym(library, "InitializeInjection");
    if (start) start();
    return initialized = 1, (int)flags;
}
int cuDriverGetVersion(int *version) { return *version = 13000, 0; }
int cuDeviceGetCount(int *count) { return *count = 1, initialized ? 0 : 3; }
int cuDeviceGet(int *device, int ordinal) { return *device = ordinal, 0; }
int cuDeviceGetName(char *name, int room, int device) { return strncpy(name, device ? "Second" : "First", (size_t)room), 0; }
int cuDeviceGetPCIBusId(char *id, int room, int device) { return strncpy(id, device ? "0:2" : "0:1", (size_t)room), 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) { return *value = attribute + device, 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { return *bytes = (size_t)80 << 30, device - device; }

/* ── CUPTI ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */
static Called *listener;
static Wanted *wanted;
static Filled *filled;
static uint64_t (*told_clock)(void);
static uint8_t heard[NAMES];
static size_t dropped;
int cuptiGetVersion(uint32_t *version) { return *version = 130001, 0; }
int cuptiGetResultString(int result, const char **text) { return *text = result == 39 ? "somebody else listens" : "?", 0; }
int cuptiGetCallbackName(uint32_t domain, uint32_t f, const char **name) {
    return domain == DOMAIN_DRIVER && f < NAMES ? (*name = names[f], 0) : 1;
}
int cuptiGetStreamIdEx(void *context, void *stream, uint8_t each, uint32_t *id) { return (void)context, (void)stream, *id = 7u + each, 0; }
int cuptiSubscribe(void **subscriber, Called *called, void *data) {
    (void)data;
    if (getenv("TAKEN")) return 39;
    return listener = called, *subscriber = &listener, 0;
}
int cuptiUnsubscribe(void *subscriber) { return (void)subscriber, listener = NULL, 0; }
int cuptiEnableCallback(uint32_t on, void *subscriber, uint32_t domain, uint32_t f) { return (void)subscriber, (void)domain, heard[f] = (uint8_t)on, 0; }
int cuptiActivityRegisterTimestampCallback(uint64_t (*clock)(void)) { return told_clock = clock, 0; }
int cuptiActivityRegisterCallbacks(Wanted *w, Filled *f) { return wanted = w, filled = f, 0; }
int cuptiActivityEnable(uint32_t kind) { return (void)kind, 0; }
int cuptiActivityDisable(uint32_t kind) { return (void)kind, 0; }
int cuptiActivityFlushPeriod(uint32_t ms) { return (void)ms, 0; }
int cuptiActivityFlushAll(uint32_t forced) { return (void)forced, 0; }
int cuptiActivityGetNextRecord(uint8_t *buffer, size_t valid, void **record) {
    uint8_t *next = *record ? (uint8_t *)*record + SLOT : buffer;
    return next < buffer + valid ? (*record = next, 0) : 12;
}
int cuptiActivityGetNumDroppedRecords(void *context, uint32_t stream, size_t *n) {
    return (void)context, (void)stream, *n = dropped, dropped = 0, 0;
}

/* ── what a test plays ──────────────────────────────────────────────────────────────────────────────────────────────── */
uint64_t play_now(void) { return told_clock(); }
int play_listens(void) { return listener != NULL; }
static void play(uint32_t site, uint32_t f, uint32_t correlation, int result) {
    ApiCall call = {site, names[f], NULL, &result, NULL, &call, 1, NULL, correlation};
    if (listener && heard[f]) listener(NULL, DOMAIN_DRIVER, f, &call);
}
void play_enter(uint32_t f, uint32_t correlation) { play(ENTERS, f, correlation, 0); }
void play_exit(uint32_t f, uint32_t correlation, int result) { play(EXITS, f, correlation, result); }
void play_records(const char *records, size_t bytes, size_t lost) {
    uint8_t *buffer;
    size_t size, most;
    wanted(&buffer, &size, &most);
    memcpy(buffer, records, bytes);
    dropped = lost;
    filled(NULL, 0, buffer, size, bytes);
}
