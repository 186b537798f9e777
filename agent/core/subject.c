/* A subject is what events speak of: a condition, a queue, a thread … Quiet locks hold it and speak for it, so the
 * program's own objects carry nothing of ours. Counted by hand, always under the GIL. */
#include "core.h"
#include <stdlib.h>

void items_free(struct Items *items); /* items.c */

Subject *subject_new(uint16_t kind) {
    Subject *s = calloc(1, sizeof *s);
    if (s) *s = (Subject){.refs = 1, .serial = next_serial(), .kind = kind};
    return s;
}

Subject *subject_shared(uint16_t kind, const char *key) {
    Subject *s = subject_new(kind);
    if (!s) return NULL;
    s->common = true;
    s->shared = shared_find(key);
    shared_say(s->serial, key);
    return s;
}

void subject_drop(Subject *s) {
    if (!s || --s->refs) return;
    items_free(s->items);
    free(s);
}
