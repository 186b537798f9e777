/* Which put an item came from: in comes (item, seq of its put), out goes the seq when the item leaves the queue.
 * Keyed by the item's address, without a reference: the queue holds the item, and user code sees nothing.
 *
 *   first in, first out   ring: the front is the one; what was skipped has left by other ways (q.queue.clear())
 *   nearly so             the ring, and what was skipped stays: it is on its way to a thread that has not run yet
 *   last in, first out    the same ring from its back
 *   any other order       open addressing by address; the latest put of the same object wins */
#include "items.h"
#include <stdlib.h>

typedef struct {
    PyObject *item;
    uint32_t seq;
} Entry;

struct Items {
    ItemOrder order;
    uint32_t room, head, count; /* room: a power of two */
    Entry *entries;
};

Items *items_new(ItemOrder order) {
    Items *s = calloc(1, sizeof *s);
    if (s) s->order = order;
    return s;
}

void items_free(Items *s) {
    if (!s) return;
    free(s->entries);
    free(s);
}

void items_clear(Items *s) {
    for (uint32_t i = 0; s->order == ANY_ORDER && i < s->room; i++) s->entries[i].item = NULL;
    s->head = s->count = 0;
}

uint32_t items_count(const Items *s) { return s->count; }

static inline Entry *at(Items *s, uint32_t i) { return &s->entries[(s->head + i) & (s->room - 1)]; }

static inline uint32_t home(Items *s, PyObject *item) {
    return (uint32_t)(((uintptr_t)item * 0x9e3779b97f4a7c15u) >> 32) & (s->room - 1);
}

static void place(Items *s, Entry e) {
    uint32_t i = home(s, e.item);
    while (s->entries[i].item) i = (i + 1) & (s->room - 1);
    s->entries[i] = e;
}

static bool grow(Items *s) {
    uint32_t room = s->room, bigger = room ? room * 2 : 16;
    Entry *old = s->entries, *fresh = calloc(bigger, sizeof *fresh);
    if (!fresh) return false;
    if (s->order != ANY_ORDER)
        for (uint32_t i = 0; i < s->count; i++) fresh[i] = *at(s, i);
    s->entries = fresh, s->room = bigger, s->head = 0;
    for (uint32_t i = 0; s->order == ANY_ORDER && i < room; i++)
        if (old[i].item) place(s, old[i]);
    free(old);
    return true;
}

void items_put(Items *s, PyObject *item, uint32_t seq) {
    uint32_t full = s->order == ANY_ORDER ? s->room / 2 : s->room;
    if (s->count == full && !grow(s)) return;
    if (s->order == ANY_ORDER)
        place(s, (Entry){item, seq});
    else
        *at(s, s->count) = (Entry){item, seq};
    s->count++;
}

static uint32_t take_first(Items *s, PyObject *item) {
    for (uint32_t i = 0; i < s->count; i++) {
        if (at(s, i)->item != item) continue;
        uint32_t seq = at(s, i)->seq, gone = i + 1;
        if (s->order == NEARLY_FIRST_OUT)
            for (gone = 1; i > 0; i--) *at(s, i) = *at(s, i - 1);
        s->head += gone;
        s->count -= gone;
        return seq;
    }
    return 0;
}

static uint32_t take_last(Items *s, PyObject *item) {
    for (uint32_t i = s->count; i-- > 0;)
        if (at(s, i)->item == item) {
            s->count = i;
            return at(s, i)->seq;
        }
    return 0;
}

/* Empties slot i, moving back what had been pushed past it. */
static void remove_at(Items *s, uint32_t i) {
    uint32_t mask = s->room - 1;
    for (uint32_t j = (i + 1) & mask; s->entries[j].item; j = (j + 1) & mask)
        if (((j - home(s, s->entries[j].item)) & mask) >= ((j - i) & mask)) s->entries[i] = s->entries[j], i = j;
    s->entries[i].item = NULL;
    s->count--;
}

static uint32_t take_any(Items *s, PyObject *item) {
    uint32_t found = UINT32_MAX, seq = 0;
    for (uint32_t i = s->room ? home(s, item) : 0; s->room && s->entries[i].item; i = (i + 1) & (s->room - 1))
        if (s->entries[i].item == item && s->entries[i].seq >= seq) found = i, seq = s->entries[i].seq;
    if (found != UINT32_MAX) remove_at(s, found);
    return seq;
}

uint32_t items_get(Items *s, PyObject *item) {
    return s->order == ANY_ORDER ? take_any(s, item) : s->order == LAST_OUT ? take_last(s, item) : take_first(s, item);
}
