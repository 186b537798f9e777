/* The clock: CLOCK_MONOTONIC in ns, at the price of reading the processor's counter (10 ns instead of 24).
 *
 *   clock_gettime ──┬───────── 1 ms ─────────┬───────── 1 ms ──   each thread asks the kernel again after at most 1 ms
 *   counter × rate  └··········· ≤ 50 ns off ┘                    and never steps back
 *
 * Only where the kernel itself trusts the counter (its clock source is tsc); anywhere else it is clock_gettime. */
#ifndef INTERLEAVE_CLOCK_H
#define INTERLEAVE_CLOCK_H
#include <stdint.h>
#include <time.h>

static inline uint64_t kernel_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#if defined(__x86_64__)
#include <x86intrin.h>

typedef struct {
    uint64_t counter, ns; /* read together */
    uint64_t floor;       /* what was said last before that */
} ClockBase;
extern __thread ClockBase clock_base __attribute__((tls_model("initial-exec")));
extern uint64_t clock_rate;   /* ns a tick, 32 bits of fraction; 0 = not known (yet) */
extern uint64_t clock_renew;  /* ticks in 1 ms */
__attribute__((cold)) uint64_t clock_ask(void); /* the kernel, and a new base */
void clock_start(void);

static inline uint64_t now(void) {
    uint64_t ticks = __rdtsc() - clock_base.counter;
    if (__builtin_expect(ticks >= clock_renew, 0)) return clock_ask();
    uint64_t ns = clock_base.ns + (ticks * clock_rate >> 32);
    return ns > clock_base.floor ? ns : clock_base.floor;
}
/* `time` was read by another thread, and has passed: this one's clock does not say less any more. */
static inline void clock_passed(uint64_t time) {
    if (clock_base.floor < time) clock_base.floor = time;
}
#else
static inline uint64_t now(void) { return kernel_now(); }
static inline void clock_start(void) {}
static inline void clock_passed(uint64_t time) { (void)time; }
#endif
#endif
