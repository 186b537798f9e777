/* Which put an item came from (items.c). */
#ifndef INTERLEAVE_ITEMS_H
#define INTERLEAVE_ITEMS_H
#include "core.h"

typedef enum { FIRST_OUT, NEARLY_FIRST_OUT, LAST_OUT, ANY_ORDER } ItemOrder;
typedef struct Items Items;
Items *items_new(ItemOrder order);
void items_put(Items *s, PyObject *item, uint32_t seq);
uint32_t items_get(Items *s, PyObject *item); /* seq of its put, 0 = not seen */
uint32_t items_count(const Items *s);
void items_clear(Items *s);                   /* the queue is known to be empty */
void items_free(Items *s);
#endif
