/* A device's clock on the run's. In come moments between which the device's clock said something, out goes where its times lie.
 *
 *   run's clock      called ───────── returned          seen to be over
 *   device's clock          queued              … ended
 *                    ↓ low ≤ run − device ≤ high ↓
 *
 * All that was heard holds at once: low is the highest lower bound, high the lowest upper one. Clocks run apart, at DRIFT at
 * most, so both give way as time passes. Bounds that contradict each other mean more drift: then only the newest count. What is
 * between them is not known, so times are off by half of it at worst, which is said. Not clGetDeviceAndHostTimer: its host clock
 * is the driver's, and few drivers have it; PoCL says that it is not valid. */
#include "opencl.h"

enum { DRIFT_PER_S = 100000, UNKNOWN = -1 }; /* ns */

void clock_between(Device *d, uint64_t theirs, uint64_t from, uint64_t to) {
    int64_t low = (int64_t)(from - theirs), high = (int64_t)(to - theirs);
    if (!d->clock_known) {
        if (!from || !to) return;
        d->low = low, d->high = high, d->clock_known = true;
    } else {
        int64_t gives = to > d->at ? (int64_t)((to - d->at) / 1000 * DRIFT_PER_S / 1000000) : 0;
        d->low -= gives, d->high += gives;
        if (from && low > d->low) d->low = low;
        if (to && high < d->high) d->high = high;
        if (d->low > d->high) d->low = from ? low : high - (d->low - d->high), d->high = to ? high : low + (d->low - d->high);
    }
    if (to > d->at) d->at = to;
    int64_t width = d->high - d->low, middle = d->low + width / 2;
    if (d->offset < middle - width / 4 || d->offset > middle + width / 4) d->offset = middle;
    uint64_t off = (uint64_t)(d->offset > middle ? d->offset - d->low : d->high - d->offset);
    if (off > d->worst) d->worst = off;
}

uint64_t clock_here(Device *d, uint64_t theirs) { return theirs + (uint64_t)d->offset; }
