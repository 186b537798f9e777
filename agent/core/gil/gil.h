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

/* Around a call that gives the GIL once, waits, and takes it again, and that runs no Python code: the call's beginning is told
 * with the drop, its end with the take, and mostly in one record.
 *
 *   gil_leaves(send …) ─ drop: told, with IL_FLAG_GIL ─ … ─ take ─ gil_back(wake …): told, with IL_FLAG_GIL
 *
 * gil_leaves: false when no GIL is seen here; then the caller tells the beginning itself. gil_back: tells the end in any case.
 * gil_took: before something else is told between the take and the end, so that the take comes first. */
bool gil_leaves(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t site, uint32_t arg);
void gil_back(uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t arg);
void gil_took(void);
#endif
