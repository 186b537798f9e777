/* A device's clock on the run's. In come moments between which the device's clock said something, out goes where its times lie.
 *
 *   run's clock      called ───────── returned          seen to be over
 *   device's clock          queued              … ended
 *                    ↓ low ≤ run − device ≤ high ↓
 *
 * First it is looked whether it is a clock of the host: one that every command agrees with is read beside the run's, and then
 * nothing is off by more than that reading (PoCL: CLOCK_MONOTONIC_RAW; it has no clGetDeviceAndHostTimer). One command that
 * contradicts ends that. Otherwise all that was heard holds at once: low is the highest lower bound, high the lowest upper one,
 * and a time is off by half of what lies between them at worst. A driver that reads its clock for us says it between two
 * readings of ours. Clocks run apart, so bounds give way as time passes, at DRIFT; if they contradict each other, only the newest
 * counts. How far the clocks were apart is kept in marks, for commands that began long before they are over. */
#include "opencl.h"
#include <string.h>

enum { DRIFT_PER_MS = 100, SLACK = 1000, PROOF = 256, FIRST_APART = 20000000 }; /* ns; at most 100 ppm */

static const struct {
    clockid_t id;
    const char *name;
} of_host[] = {{CLOCK_MONOTONIC, "CLOCK_MONOTONIC"},
               {CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW"},
               {CLOCK_BOOTTIME, "CLOCK_BOOTTIME"},
               {CLOCK_REALTIME, "CLOCK_REALTIME"}};
enum { OF_HOST = sizeof of_host / sizeof *of_host };

/* How far the run's clock is before that one, and by how much that may be wrong. */
static int64_t beside(int which, uint64_t *off) {
    int64_t apart = 0;
    *off = UINT64_MAX;
    for (int tries = 0; tries < 8 && *off > 400; tries++) {
        struct timespec t;
        uint64_t before = kernel_now();
        clock_gettime(of_host[which].id, &t);
        uint64_t after = kernel_now(), theirs = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
        if ((after - before) / 2 >= *off) continue;
        *off = (after - before) / 2 + 1;
        apart = (int64_t)(before + (after - before) / 2 - theirs);
    }
    *off += 100; /* clock.h reads the kernel's clock to 50 ns */
    return apart;
}

static void mark(DeviceClock *c, uint64_t time, int64_t offset) {
    uint64_t theirs = time - (uint64_t)offset;
    if (c->n == MOST_MARKS) {
        for (uint32_t i = 0; i < MOST_MARKS / 2; i++) c->marks[i] = c->marks[2 * i];
        c->n = MOST_MARKS / 2, c->apart *= 2;
    }
    if (c->n > 1 && theirs - c->marks[c->n - 2].theirs < c->apart) c->n--;
    if (c->n && theirs < c->marks[c->n - 1].theirs) theirs = c->marks[c->n - 1].theirs;
    c->marks[c->n].theirs = theirs, c->marks[c->n++].offset = offset;
}

static void mark_middle(DeviceClock *c, uint64_t time) {
    int64_t width = c->high - c->low, offset = c->n ? c->marks[c->n - 1].offset : INT64_MIN;
    if (offset < c->low + width / 4 || offset > c->high - width / 4) offset = c->low + width / 2; /* not for nothing */
    c->off = (uint64_t)(offset - c->low > c->high - offset ? offset - c->low : c->high - offset) + 100;
    mark(c, time, offset);
}

/* Which clocks of the host it may be, if it said so between these. Several: they may be as far apart as they are. */
static void compare(DeviceClock *c, uint64_t theirs, uint64_t from, uint64_t to) {
    int64_t chosen = 0;
    uint64_t time = kernel_now();
    int64_t slack = SLACK + (int64_t)((time - from) / 1000000 * 5 * DRIFT_PER_MS); /* the kernel slews its clock by 500 ppm at most */
    c->same = -1, c->off = 0;
    for (int i = 0; i < OF_HOST; i++) {
        uint64_t reading;
        if (c->excluded & 1u << i) continue;
        int64_t apart = beside(i, &reading);
        if (apart < (int64_t)(from - theirs) - slack || apart > (int64_t)(to - theirs) + slack) {
            c->excluded |= 1u << i;
            continue;
        }
        if (c->same < 0) c->same = i, chosen = apart;
        uint64_t spread = (uint64_t)(apart > chosen ? apart - chosen : chosen - apart);
        if (spread + reading > c->off) c->off = spread + reading;
    }
    if (c->same >= 0) mark(c, time, chosen);
}

/* Both sides are known. */
static void bound(DeviceClock *c, int64_t low, int64_t high, uint64_t time) {
    if (c->heard && c->low <= c->high) {
        int64_t gives = time > c->heard ? (int64_t)((time - c->heard) / 1000 * DRIFT_PER_MS / 1000) : 0;
        c->low -= gives, c->high += gives;
        if (c->low > high || c->high < low) c->low = low, c->high = high;
        if (low > c->low) c->low = low;
        if (high < c->high) c->high = high;
    } else
        c->low = low, c->high = high;
    c->heard = time;
}

void clock_hear(Device *d, uint64_t theirs, uint64_t from, uint64_t to) {
    DeviceClock *c = &d->clock;
    if (!c->apart) c->apart = FIRST_APART;
    int64_t low = from ? (int64_t)(from - theirs) : c->low, high = to ? (int64_t)(to - theirs) : c->high;
    if (!c->known && (!from || !to)) return;
    if (low <= high) bound(c, low, high, to ? to : c->heard);
    if (from && to && (!c->known || (c->same >= 0 && c->agreed++ < PROOF))) compare(c, theirs, from, to);
    c->known = true;
    if (c->same >= 0) {
        int64_t said = (int64_t)clock_here(d, theirs), slack = SLACK + (int64_t)c->off;
        if (said >= (int64_t)from - slack && (!to || said <= (int64_t)to + slack)) return;
        c->excluded = ~0u, c->same = -1;
    }
    if (c->low <= c->high) mark_middle(c, c->heard);
}

void clock_look(Device *d) {
    DeviceClock *c = &d->clock;
    if (!c->known) return;
    if (c->same >= 0) {
        uint64_t reading;
        int64_t apart = beside(c->same, &reading);
        if (reading > c->off) c->off = reading;
        return mark(c, kernel_now(), apart);
    }
    if (c->no_timer || !cl.GetDeviceAndHostTimer || now() - c->heard < FIRST_APART) return;
    cl_ulong theirs = 0, hosts = 0;
    uint64_t before = now();
    c->no_timer = cl.GetDeviceAndHostTimer(d->id, &theirs, &hosts) != CL_SUCCESS || !theirs;
    if (!c->no_timer) clock_hear(d, theirs, before, now());
}

uint64_t clock_here(const Device *d, uint64_t theirs) {
    const DeviceClock *c = &d->clock;
    uint32_t i = c->n;
    while (i && c->marks[i - 1].theirs > theirs) i--;
    if (!i || i == c->n) return theirs + (uint64_t)(c->n ? c->marks[i ? i - 1 : 0].offset : 0);
    int64_t before = c->marks[i - 1].offset, by = c->marks[i].offset - before;
    double part = (double)(theirs - c->marks[i - 1].theirs) / (double)(c->marks[i].theirs - c->marks[i - 1].theirs);
    return theirs + (uint64_t)(before + (int64_t)((double)by * part));
}

/* Where there is more to say than last time. */
void clock_say(Device *d) {
    DeviceClock *c = &d->clock;
    if (!c->worst || (c->worst <= c->said + c->said / 4 && c->same == c->said_same)) return;
    c->said = c->worst, c->said_same = c->same;
    Line l = line_of("device");
    line_number(&l, "object", d->serial);
    if (c->same >= 0) {
        char text[160] = "Its clock is ";
        strcat(text, of_host[c->same].name);
        line_utf8(&l, "clock", strcat(text, " of this machine, which is read beside the run's clock."));
    } else
        line_utf8(&l, "clock", c->no_timer || !cl.GetDeviceAndHostTimer
                                   ? "It queues each command during the call that enqueues it: that puts its clock on the run's."
                                   : "Its driver reads its clock, and the run's is read before and after that.");
    line_number(&l, "uncertainty", (int64_t)c->worst);
    line_send(&l);
}
