/* The device's side: in come CUPTI's buffers of records, out go commands. A record is read while its buffer is there.
 *
 * What a command's call is may not be known yet: the call is not over. It is asked for again with the next buffers, and then
 * given up and counted. Commands of a graph have all the number of the one call that launched it. What a wait has waited for
 * is the last command to end before the wait did, and since it began: of the stream that it was for, or of all of its context
 * (a wait for an event says no stream: then only where there is no other). It is looked for among the LATELY last, when the
 * whole buffer is read: its records come in no order. */
#include "cuda.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 20, MOST_LATE = 1 << 14, LATELY = 1 << 14, MOST_WAITS = 1 << 13, ASTRAY = 256, TRIES = 3, AGO_SHIFT = 13 };
static pthread_mutex_t field = PTHREAD_MUTEX_INITIALIZER;
Hidden cuda_hidden = {.thread = {.begun = true}};
void cuda_stop(void) { pthread_mutex_lock(&field); }
void cuda_go_on(void) { pthread_mutex_unlock(&field); }
void cuda_forked(void) { pthread_mutex_init(&field, NULL); }

/* ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t call, flags, arg;
    Where where;
    uint64_t start, end;
    uint32_t tries;
} Command;
static Command late[MOST_LATE];
static uint32_t n_late, without_call, lost;
static struct {
    CudaStream *stream;
    uint32_t number;
    uint64_t end;
} lately[LATELY];
static uint64_t told;

static void reach(const CudaStream *s, uint32_t number, uint32_t stage, uint64_t at, uint32_t actor) {
    uint64_t time = hidden_time(&cuda_hidden);
    hidden_reach(&cuda_hidden, actor, s->serial, number, time, stage, at);
}

/* Times that CUPTI does not have are 0. */
static void tell(const Command *c, const Call *call) {
    CudaStream *s = cuda_stream(c->where, call->actor);
    if (!s) return;
    uint32_t number = ++s->count;
    emit_of(&cuda_hidden.thread, call->actor, hidden_time(&cuda_hidden), IL_EV_ENQUEUE, c->flags, s->serial, number, call->site, c->arg);
    reach(s, number, IL_STAGE_CALLED, call->called, 0);
    reach(s, number, IL_STAGE_RETURNED, call->returned, 0);
    if (!c->start || !c->end) return;
    reach(s, number, IL_STAGE_STARTED, c->start, 0);
    reach(s, number, IL_STAGE_ENDED, c->end, 0);
    cuda_bound(s->device, (int64_t)(c->start - call->called), INT64_MAX);
    lately[told % LATELY].stream = s, lately[told % LATELY].number = number, lately[told % LATELY].end = c->end;
    told++;
    if (call->waits) reach(s, number, IL_STAGE_AWAITED, call->returned, call->actor);
}

static void keep(Command c) {
    if (c.tries++ < TRIES && n_late < MOST_LATE) late[n_late++] = c;
    else without_call++;
}
static void command(Command c) {
    const Call *call = call_of(c.call);
    if (likely(call != NULL)) tell(&c, call);
    else keep(c);
}

/* ── what was waited for ────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    SyncRecord of;
    uint32_t tries;
} Wait;
static Wait waits[MOST_WAITS];
static uint32_t n_waits;

/* Streams end their commands in order, and are told so; of several, what is told is out of order by less than ASTRAY. */
static uint64_t first_after(uint64_t time) {
    uint64_t low = told > LATELY ? told - LATELY : 0, high = told;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (lately[middle % LATELY].end <= time) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool ended_it(const SyncRecord *w, const Call *call) {
    bool any = w->type == SYNC_CONTEXT || (w->type == SYNC_EVENT && cuda_only_stream(w->context));
    uint64_t best = 0, at = 0, from = first_after(call->returned) + ASTRAY, since = 0;
    for (uint64_t n = from < told ? from : told; n > 0 && told - n < LATELY && since < ASTRAY; n--) {
        CudaStream *s = lately[(n - 1) % LATELY].stream;
        uint64_t end = lately[(n - 1) % LATELY].end;
        since += end < call->called;
        if (s->context != w->context || !(any || (w->type == SYNC_STREAM && s->id == w->stream))) continue;
        if (end <= call->returned && end >= call->called && end > best) best = end, at = n - 1;
    }
    if (!best) return false;
    CudaStream *s = lately[at % LATELY].stream;
    reach(s, lately[at % LATELY].number, IL_STAGE_AWAITED, call->returned, call->actor);
    cuda_bound(s->device, INT64_MAX, (int64_t)(call->returned - best));
    return true;
}

static void waited(Wait w) {
    const Call *call = call_of(w.of.correlation);
    if (call && ended_it(&w.of, call)) return;
    if (w.tries++ < TRIES && n_waits < MOST_WAITS) waits[n_waits++] = w;
}

/* What is kept: commands without their call, and then waits, which may be for those. */
static void again(void) {
    static Command due[MOST_LATE];
    static Wait open[MOST_WAITS];
    uint32_t commands = n_late, n = n_waits;
    memcpy(due, late, commands * sizeof *due);
    memcpy(open, waits, n * sizeof *open);
    n_late = n_waits = 0;
    for (uint32_t i = 0; i < commands; i++) command(due[i]);
    for (uint32_t i = 0; i < n; i++) waited(open[i]);
}

/* ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────── */
/* Names of C++ as its programs write them. CUPTI keeps the mangled ones for good. */
static char *readable(const char *name) {
    static char *(*demangle)(const char *, char *, size_t *, int *);
    static bool looked;
    void *library = looked ? NULL : dlopen("libstdc++.so.6", RTLD_LAZY);
    if (library) *(void **)&demangle = dlsym(library, "__cxa_demangle");
    looked = true;
    char *text = demangle ? demangle(name, NULL, NULL, NULL) : NULL;
    if (!text) return strdup(name);
    for (char *tag; (tag = strstr(text, "[abi:")) && strchr(tag, ']');) { /* which Numba gives each version of a kernel */
        char *rest = strchr(tag, ']') + 1;
        memmove(tag, rest, strlen(rest) + 1);
    }
    return text;
}

static Kernel *kernel_of(const char *name) {
    static Kernel kernels[KERNELS];
    if (!name) name = "a kernel";
    Kernel *k = kernel_slot(kernels, name);
    char *text = k->key == name ? NULL : readable(name);
    if (text) kernel_named(k, name, text);
    return k->key == name ? k : NULL;
}

/* What is 1 in the last dimensions goes without saying. */
static Sizes sizes(const int32_t a[3], const int32_t b[3]) {
    Sizes s = {.n = 1};
    for (uint32_t i = 0; i < 3; i++)
        if ((s.of[i] = (size_t)a[i] * (size_t)b[i]) > 1) s.n = i + 1;
    return s;
}

static void read_kernel(const KernelRecord *r) {
    static const int32_t one[3] = {1, 1, 1};
    Kernel *k = kernel_of(r->name);
    uint32_t work = k ? kernel_work(k, sizes(r->grid, r->block), sizes(one, r->block)) : 0;
    command((Command){r->correlation, IL_COMMAND_KERNEL, work, r->where, r->start, r->end, 0});
}

static void read_copy(const CopyRecord *r, uint32_t correlation) {
    uint32_t flags = r->copy == COPY_HTOD || r->copy == COPY_HTOA   ? IL_COMMAND_WRITE
                     : r->copy == COPY_DTOH || r->copy == COPY_ATOH ? IL_COMMAND_READ
                                                                    : IL_COMMAND_COPY;
    if (r->from == MEMORY_PAGEABLE || r->to == MEMORY_PAGEABLE) flags |= IL_FLAG_PAGEABLE;
    command((Command){correlation, flags, saturated(r->bytes), r->where, r->start, r->end, 0});
}

/* Of memory that is the device's, or goes to and fro. When it was is said in steps of 8 µs. */
static void read_memory(const MemoryRecord *r) {
    bool taken = r->operation == MEMORY_TAKEN, ours = r->memory >= MEMORY_DEVICE && r->memory <= MEMORY_MANAGED;
    uint32_t context = ours && (taken || r->operation == MEMORY_GIVEN_BACK) ? cuda_context(r->context, r->device, 0) : 0;
    if (!context) return;
    uint64_t time = hidden_time(&cuda_hidden), ago = (r->time < time ? time - r->time : 0) >> AGO_SHIFT;
    emit_of(&cuda_hidden.thread, 0, time, taken ? IL_EV_ALLOCATE : IL_EV_FREE, ago > UINT16_MAX ? UINT16_MAX : (uint32_t)ago, context,
            (uint32_t)(r->bytes >> 32), 0, (uint32_t)r->bytes);
}

static void read_record(const void *record) {
    switch (*(const uint32_t *)record) {
    case KIND_CONCURRENT_KERNEL: return read_kernel(record);
    case KIND_MEMCPY: return read_copy(record, ((const CopyRecord *)record)->correlation);
    case KIND_MEMCPY2: return read_copy(record, ((const PeerCopyRecord *)record)->correlation);
    case KIND_MEMSET: {
        const FillRecord *r = record;
        return command((Command){r->correlation, IL_COMMAND_FILL, saturated(r->bytes), r->where, r->start, r->end, 0});
    }
    case KIND_SYNCHRONIZATION:
        if (n_waits < MOST_WAITS) waits[n_waits++] = (Wait){*(const SyncRecord *)record, 0};
        return;
    case KIND_MEMORY2: return read_memory(record);
    }
}

void cuda_wanted(uint8_t **buffer, size_t *size, size_t *most_records) {
    *buffer = aligned_alloc(8, BUFFER), *size = *buffer ? BUFFER : 0, *most_records = 0;
}

void cuda_filled(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid) {
    (void)size;
    cuda_stop();
    if (cuda_recording()) {
        for (void *record = NULL; !cupti.ActivityGetNextRecord(buffer, valid, &record);) read_record(record);
        size_t dropped = 0;
        if (!cupti.ActivityGetNumDroppedRecords(context, stream, &dropped) && dropped) {
            lost += (uint32_t)dropped;
            channel_lost((uint32_t)dropped);
            emit_of(&cuda_hidden.thread, cuda_beginner, hidden_time(&cuda_hidden), IL_EV_LOST, 0, 0, 0, 0, (uint32_t)dropped);
        }
        again();
        cuda_say_clocks(false);
    }
    cuda_go_on();
    free(buffer);
}

void cuda_say_missing(void) {
    char text[160];
    for (int i = 0; i < TRIES && (n_late || n_waits); i++) again();
    cuda_say_clocks(true);
    if (lost) {
        snprintf(text, sizeof text, "CUPTI dropped %u records: commands of the device are missing.", lost);
        say_note(text);
    }
    if (without_call) {
        snprintf(text, sizeof text, "Of %u commands of the device the call is missing that launched them: they are not shown.", without_call);
        say_note(text);
    }
    lost = without_call = 0;
}
