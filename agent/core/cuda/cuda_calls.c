/* The program's side: CUPTI calls us at the beginning and the end of each call into the driver that launches, copies, fills or
 * waits, in the thread that makes it, whatever library it came by. In goes the number of the call, out goes where the program
 * was, which the records of the device ask for later by that number.
 *
 * Libraries give the GIL away around calls of the driver, or in C++ long before: away.c knows where they were then. A thread of
 * C++ that has no frames of Python has no line. Calls of the runtime (cudaLaunchKernel) go through the driver's, with one number
 * for both, so the driver's suffice. */
#include "cuda.h"
#include <string.h>

enum { SETS = 1 << 15, WAYS = 4, FUNCTIONS = 4096, CONTEXTS = 64 };
enum { LISTENS = 1, WAITS = 2 };
static const uint32_t IN_WORK = UINT32_MAX;
static Call calls[SETS][WAYS]; /* of those that share a set the latest: numbers are given to all calls, and few are heard of */
static uint8_t kinds[FUNCTIONS];
static uint32_t null_streams[CONTEXTS]; /* + 1 */

static bool has(const char *name, const char *part) { return strstr(name, part) != NULL; }

/* By name: each version of CUDA adds functions. Copies between the host and a device wait unless they say otherwise. */
static uint8_t kind_of(const char *name) {
    if (has(name, "Synchronize")) return WAITS;
    if (has(name, "LaunchHostFunc") || has(name, "Graph")) return has(name, "GraphLaunch") ? LISTENS : 0;
    if (has(name, "Memcpy") && !has(name, "Async"))
        return LISTENS | (has(name, "DtoD") || has(name, "DtoA") || has(name, "AtoD") || has(name, "AtoA") ? 0 : WAITS);
    return has(name, "Launch") || has(name, "Memcpy") || has(name, "Memset") ? LISTENS : 0;
}

void cuda_listen(void *subscriber) {
    for (uint32_t f = 1; f < FUNCTIONS; f++) {
        const char *name = NULL;
        if (cupti.GetCallbackName(DOMAIN_DRIVER, f, &name) || !name || !(kinds[f] = kind_of(name))) continue;
        if (cupti.EnableCallback(1, subscriber, DOMAIN_DRIVER, f)) kinds[f] = 0;
    }
}

/* ── contexts ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void meet_context(uint32_t uid, void *context) {
    uint32_t id;
    if (unlikely(uid < CONTEXTS && !null_streams[uid] && !cupti.GetStreamIdEx(context, NULL, 0, &id))) null_streams[uid] = id + 1;
}
uint32_t null_stream_of(uint32_t context) { return context < CONTEXTS ? null_streams[context] - 1 : UINT32_MAX; }

/* ── the two callbacks ──────────────────────────────────────────────────────────────────────────────────────────────── */
static Call *set_of(uint32_t id) { return calls[(id * 0x9e3779b9u) >> 17]; }

/* The place of the oldest of its set, ours from now on; who reads the older call there sees that it goes. */
static Call *place_for(uint32_t id) {
    Call *set = set_of(id);
    for (;;) {
        Call *oldest = set;
        uint32_t least = IN_WORK;
        for (Call *c = set; c < set + WAYS; c++) {
            uint32_t of = __atomic_load_n(&c->id, __ATOMIC_RELAXED);
            if (of < least) least = of, oldest = c;
        }
        if (__atomic_compare_exchange_n(&oldest->id, &least, IN_WORK, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return oldest;
    }
}

static Call *known(uint32_t id) {
    for (Call *c = set_of(id), *end = c + WAYS; c < end; c++)
        if (__atomic_load_n(&c->id, __ATOMIC_ACQUIRE) == id) return c;
    return NULL;
}

static void enters(uint32_t id, uint8_t kind) {
    uint64_t time = now();
    Call *c = place_for(id);
    c->actor = thread_here()->serial, c->site = site_left(), c->over = false, c->waits = kind & WAITS, c->called = time;
    __atomic_store_n(&c->id, id, __ATOMIC_RELEASE);
    if (kind & WAITS) device_wait_begins(time, 0);
}

static void exits(uint32_t id, uint8_t kind, bool failed) {
    uint64_t time = now();
    if (kind & WAITS) device_wait_ends(time, 0, failed, 0);
    Call *c = known(id);
    if (!c) return;
    c->returned = time;
    if (failed) __atomic_store_n(&c->id, 0, __ATOMIC_RELEASE);
    else __atomic_store_n(&c->over, true, __ATOMIC_RELEASE);
}

void cuda_called(void *unused, uint32_t domain, uint32_t function, const ApiCall *call) {
    (void)unused;
    if (domain != DOMAIN_DRIVER || function >= FUNCTIONS || !cuda_recording()) return;
    if (call->site == EXITS) return exits(call->correlation, kinds[function], call->result && *call->result);
    meet_context(call->context_uid, call->context);
    enters(call->correlation, kinds[function]);
}

const Call *call_of(uint32_t id) {
    const Call *c = id ? known(id) : NULL;
    return c && __atomic_load_n(&c->over, __ATOMIC_ACQUIRE) ? c : NULL;
}
