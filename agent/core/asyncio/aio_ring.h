/* What waits beside each handle in a loop's queue: whose step it is, and by whose doing it was queued. A ring as long as the
 * deque, as far as that is used as a queue; what leaves the deque by other ways is dropped when the next one is taken. */
#ifndef INTERLEAVE_AIO_RING_H
#define INTERLEAVE_AIO_RING_H
#include "aio.h"
#include <stdlib.h>

typedef struct {
    PyObject *handle; /* borrowed: the deque holds it */
    Task *task;       /* of its callback, held; NULL: a plain callback */
    uint32_t cause;
} Queued;

typedef struct {
    uint32_t serial; /* of the loop, 0 = it has not run yet */
    uint32_t room, head, count;
    Queued *ring; /* as long as the deque, as far as it is only used as a queue */
} Loop;

static inline Queued *ring_at(Loop *l, uint32_t i) { return &l->ring[(l->head + i) & (l->room - 1)]; }

static inline bool ring_grow(Loop *l) {
    uint32_t bigger = l->room ? l->room * 2 : 64;
    Queued *fresh = malloc(bigger * sizeof *fresh);
    if (!fresh) return false;
    for (uint32_t i = 0; i < l->count; i++) fresh[i] = *ring_at(l, i);
    free(l->ring);
    l->ring = fresh, l->room = bigger, l->head = 0;
    return true;
}

static inline void ring_put(Loop *l, Queued q) {
    if (l->count == l->room && !ring_grow(l)) return;
    if (q.task) q.task->refs++;
    *ring_at(l, l->count++) = q;
}

static inline void ring_drop(Loop *l, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (ring_at(l, i)->task) task_drop(ring_at(l, i)->task);
    l->head += n, l->count -= n;
}

/* What was put with the handle; the caller drops its task. What stands before it has left by other ways than popleft. */
static inline Queued ring_take(Loop *l, PyObject *handle) {
    for (uint32_t i = 0; i < l->count; i++)
        if (likely(ring_at(l, i)->handle == handle)) {
            if (unlikely(i)) ring_drop(l, i);
            Queued q = *ring_at(l, 0);
            l->head++, l->count--;
            if (l->count) __builtin_prefetch(ring_at(l, 0)->task);
            return q;
        }
    return (Queued){.handle = handle};
}
#endif
