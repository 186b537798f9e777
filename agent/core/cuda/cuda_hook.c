/* When CUPTI is begun: in the moment in which the driver is initialized, which is when the program first uses CUDA and not when
 * it imports a library; by the way that the driver has for tools (CUDA_INJECTION64_PATH), which it looks for then. To begin
 * earlier would initialize the driver itself, and a child that is forked afterwards could not use it any more. Where the driver
 * is in use already, at once. Another tool that is named there keeps its place, and a note says so.
 *
 *   import torch ─→ cuda_prepare: the variable        first use of CUDA ─→ driver ─→ InitializeInjection ─→ begin
 *
 * CUPTI serves one listener in a process. A program that profiles itself (torch.profiler) gets it: cuda_leave. */
#include "cuda.h"
#include <dlfcn.h>
#include <pthread.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char variable[] = "CUDA_INJECTION64_PATH", sentence[] = "What CUDA does on the device is not recorded";
static const uint32_t wanted_kinds[] = {KIND_CONCURRENT_KERNEL, KIND_MEMCPY,  KIND_MEMCPY2, KIND_MEMSET,
                                        KIND_SYNCHRONIZATION,   KIND_MEMORY2};
struct Cupti cupti;
struct Driver driver;
static char library[PATH_MAX];
static void *subscriber;
uint32_t cuda_beginner;
static pthread_mutex_t beginning = PTHREAD_MUTEX_INITIALIZER;
static enum { IDLE, PREPARED, RECORDS, OVER } state;

bool cuda_recording(void) { return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == RECORDS; }

static uint64_t now_of_run(void) { return now(); }

static void complain(const char *who, const char *why) {
    char text[512];
    snprintf(text, sizeof text, "%s: %s%.300s.", sentence, who, why);
    say_note(text);
}

static bool find_functions(void) {
    void *of = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
    if (!of) return complain("", dlerror()), false;
    void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
    const char *missing = cuda ? NULL : "libcuda.so.1";
#define FIND(name, arguments) \
    if (!(*(void **)&cupti.name = dlsym(of, "cupti" #name))) missing = "cupti" #name;
    CUPTI_FUNCTIONS(FIND)
#undef FIND
#define FIND(name, arguments) \
    if (cuda && !(*(void **)&driver.name = dlsym(cuda, "cu" #name))) missing = "cu" #name;
    DRIVER_FUNCTIONS(FIND)
#undef FIND
    if (missing) complain("this is missing: ", missing);
    return !missing;
}

static bool could(int result) {
    const char *why = "an error that it has no words for";
    if (!result) return true;
    cupti.GetResultString(result, &why);
    return complain("CUPTI says ", why), false;
}

static void enable_records(void) {
    char missing[80] = "";
    for (size_t i = 0; i < sizeof wanted_kinds / sizeof *wanted_kinds; i++)
        if (cupti.ActivityEnable(wanted_kinds[i])) {
            size_t n = strlen(missing);
            snprintf(missing + n, sizeof missing - n, "%s%u", n ? ", " : "", wanted_kinds[i]);
        }
    char text[200];
    snprintf(text, sizeof text, "CUPTI has no records of the kinds %s here: what they tell of is missing.", missing);
    if (*missing) say_note(text);
}

/* By a thread that may not have the GIL, and in the middle of the driver's initialization. */
static void begin(void) {
    pthread_mutex_lock(&beginning);
    if (state == PREPARED) {
        state = OVER;
        cuda_beginner = thread_here()->serial;
        if (find_functions() && could(cupti.Subscribe(&subscriber, cuda_called, NULL)) &&
            could(cupti.ActivityRegisterTimestampCallback(now_of_run)) &&
            could(cupti.ActivityRegisterCallbacks(cuda_wanted, cuda_filled))) {
            enable_records();
            cuda_listen(subscriber);
            if (cupti.ActivityFlushPeriod(FLUSH_MS)) say_note("CUPTI tells of the device when a buffer is full, not sooner.");
            __atomic_store_n(&state, RECORDS, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&beginning);
}

/* The driver calls it in every library that the variable names. */
__attribute__((visibility("default"))) int InitializeInjection(void);
int InitializeInjection(void) {
    begin();
    return 1;
}

static bool in_use(void) {
    void *cuda = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    int (*count)(int *) = NULL, n;
    if (cuda) *(void **)&count = dlsym(cuda, "cuDeviceGetCount");
    bool initialized = count && count(&n) == 0;
    if (cuda) dlclose(cuda);
    return initialized;
}

static void in_child(void) {
    pthread_mutex_init(&beginning, NULL);
    if (state == RECORDS) state = OVER; /* nor can the child use the driver; before that there is nothing to forget */
    cuda_forked();
}

void cuda_prepare(const char *path) {
    Dl_info us;
    if (state != IDLE) return;
    state = PREPARED;
    snprintf(library, sizeof library, "%s", path);
    pthread_atfork(cuda_stop, cuda_go_on, in_child);
    if (in_use()) return begin();
    const char *other = getenv(variable);
    if (!dladdr((void *)InitializeInjection, &us)) return;
    if (other && *other && strcmp(other, us.dli_fname) != 0) complain("another tool watches it: ", other);
    else setenv(variable, us.dli_fname, 1);
}

/* What has ended by now is told. */
void cuda_harvest(void) {
    if (cuda_recording()) cupti.ActivityFlushAll(0);
}

void cuda_end(void) {
    if (!cuda_recording()) return;
    cupti.ActivityFlushAll(1);
    cuda_stop();
    cuda_say_missing();
    __atomic_store_n(&state, OVER, __ATOMIC_RELEASE);
    cuda_go_on();
    for (size_t i = 0; i < sizeof wanted_kinds / sizeof *wanted_kinds; i++) cupti.ActivityDisable(wanted_kinds[i]);
    cupti.Unsubscribe(subscriber);
}

void cuda_leave(const char *to) {
    if (!cuda_recording()) return state == PREPARED ? (void)(state = OVER) : (void)0;
    cuda_end();
    char text[300];
    snprintf(text, sizeof text, "From here on what CUDA does on the device is not recorded: CUPTI serves one listener, and %.200s wants to be it.", to);
    say_note(text);
}
