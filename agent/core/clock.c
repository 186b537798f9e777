/* The rate of the counter is measured against the kernel's clock from the start of the process on, so it gets better the
 * longer the process runs; until it has run for 2 ms the kernel is asked each time (clock_renew = 0). */
#include "clock.h"
#if defined(__x86_64__)
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { LEARN_NS = 2000000 };
__thread ClockBase clock_base;
uint64_t clock_rate, clock_renew;
static uint64_t first_counter, first_ns;
static bool trusted;

/* Counter and kernel clock at the same moment; false: we were put aside in between, three times. */
static bool read_both(uint64_t *counter, uint64_t *ns) {
    for (int tries = 0; tries < 3; tries++) {
        uint64_t before = __rdtsc();
        *ns = kernel_now();
        uint64_t after = __rdtsc();
        *counter = before + (after - before) / 2;
        if (after - before < 2000) return true;
    }
    return false;
}

uint64_t clock_ask(void) {
    uint64_t counter, ns;
    if (!trusted) return kernel_now();
    uint64_t ticks = __rdtsc() - clock_base.counter;
    uint64_t said = clock_base.counter ? clock_base.ns + (ticks < clock_renew * 2 ? ticks * clock_rate >> 32 : 0) : 0;
    if (said < clock_base.floor) said = clock_base.floor;
    if (!read_both(&counter, &ns)) return ns > said ? ns : said;
    if (ns - first_ns > LEARN_NS) {
        clock_rate = (uint64_t)(((unsigned __int128)(ns - first_ns) << 32) / (counter - first_counter));
        clock_renew = (uint64_t)(((unsigned __int128)1000000 << 32) / clock_rate);
    }
    uint64_t floor = said < ns + 1000 ? said : ns;
    clock_base = (ClockBase){counter, ns, floor};
    return ns > floor ? ns : floor;
}

void clock_start(void) {
    char source[8] = {0};
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    trusted = fd >= 0 && read(fd, source, sizeof source) >= 3 && strncmp(source, "tsc", 3) == 0;
    if (fd >= 0) close(fd);
    if (trusted) trusted = read_both(&first_counter, &first_ns);
}
#endif
