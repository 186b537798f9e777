/* What queue.py and asyncio/queues.py have in common: three classes with a _put and a _get each, and subclasses that may
 * have their own (queue_kinds.c). */
#ifndef INTERLEAVE_QUEUE_KINDS_H
#define INTERLEAVE_QUEUE_KINDS_H
#include "items.h"

typedef struct {
    const char *cls, *put, *get; /* methods of the container; NULL: functions of heapq */
    ItemOrder order;
    uint16_t kind;
    PyObject *object, *put_name, *get_name, *our_put, *our_get;
} QueueKind;
enum { QUEUE_KINDS = 3 };

/* Queue, LifoQueue and PriorityQueue, before they are hooked. */
#define THREE_QUEUE_KINDS                                                                                              \
    {                                                                                                                  \
        {.cls = "Queue", .put = "append", .get = "popleft", .order = FIRST_OUT, .kind = IL_OBJ_QUEUE},                 \
        {.cls = "LifoQueue", .put = "append", .get = "pop", .order = LAST_OUT, .kind = IL_OBJ_LIFO_QUEUE},             \
        {.cls = "PriorityQueue", .order = ANY_ORDER, .kind = IL_OBJ_PRIORITY_QUEUE},                                   \
    }

/* Replaces _put and _get of the module's class. false: it has none such. */
bool queue_kind_hook(PyObject *module, QueueKind *k, const PyMethodDef *put, const PyMethodDef *get);
const QueueKind *queue_kind_of(PyObject *queue, const QueueKind kinds[QUEUE_KINDS]);
/* Whether the queue's class found another _put or _get than ours on its way. */
bool queue_has_own_order(PyObject *queue, const QueueKind *k);
#endif
