/* What the GIL tells of a thread, and how others let it tell less (gil.c). */
#ifndef INTERLEAVE_GIL_H
#define INTERLEAVE_GIL_H
#include "core.h"

void gil_start(bool wanted); /* from here on the GIL's events are told, and first that we have it */
void gil_stop(void);         /* the interpreter is over */
void gil_forked(void);       /* in a forked child, at once */
void gil_say_forked(void);   /* when its files are open */

uint64_t gil_first(uint64_t time); /* when this thread was first heard of: `time`, or before it by the GIL */
/* Around code that notes a time without the GIL and writes an event of that time when it is back: what the GIL tells of
 * this thread in between is kept, and written after that event. */
void gil_keep(void);
void gil_tell(void);

/* Around a call that gives the GIL once, waits, and takes it again, and that runs no Python code: one record for the call's
 * beginning and the drop, one for the take and the call's end.
 *
 *   gil_leaves(send …) ─ drop: told, with IL_FLAG_GIL ─ … ─ take ─ gil_back() → time and flag of what is told now
 *
 * gil_leaves: false when no GIL is seen here; then the caller tells the beginning itself. gil_took: before something else is
 * told between the take and the end, so that the take comes first. */
bool gil_leaves(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t site);
typedef struct {
    uint64_t time;
    uint32_t flag;
} GilBack;
GilBack gil_back(void);
void gil_took(void);
#endif
