/* asyncio.Queue, LifoQueue and PriorityQueue. put and get stay the library's; _put and _get, the steps inside that change
 * the queue, are told, with which item it is (items.c). Whoever waits for items or room is read from its coroutine; who
 * waits in join waits for the Event `_finished`, which speaks for the queue.
 *
 * A subclass with a _put or _get of its own keeps it: there put_nowait and get_nowait tell, which end every put and get. */
#include "aio.h"
#include "queue_kinds.h"

static QueueKind kinds[QUEUE_KINDS] = THREE_QUEUE_KINDS;
static PyObject *heappush, *heappop, *native_init, *native_put, *native_get, *native_task_done, *full, *empty;
static PyObject *s_queue, *s_qsize;
static bool any_overridden; /* there has been a queue with an order of its own */

static inline Subject *subject_of(PyObject *self) {
    Voice *v = voice_beside(self);
    return v && v->subject->items ? v->subject : NULL;
}

static void tell_put(Subject *s, PyObject *item, Py_ssize_t depth) {
    if (depth == 1) items_clear(s->items); /* whatever it still lists has left by other ways */
    items_put(s->items, item, s->seq + 1);
    tell(s, IL_EV_PUT, 0, (uint32_t)depth);
}

static void tell_get(Subject *s, PyObject *item) { tell(s, IL_EV_GET, 0, items_get(s->items, item)); }

static inline bool is_deque(PyObject *queue) { return (PyObject *)Py_TYPE(queue) == deque_type; }

/* ── _put and _get of the three classes ─────────────────────────────────────────────────────────────────────────── */
static PyObject *put(const QueueKind *k, PyObject *self, PyObject *item) {
    PyObject *queue = PyObject_GetAttr(self, s_queue);
    if (!queue) return NULL;
    PyObject *done = k == &kinds[0] && is_deque(queue) ? deque_append(queue, item)
                     : k->put        ? PyObject_CallMethodObjArgs(queue, k->put_name, item, NULL)
                                     : PyObject_CallFunctionObjArgs(heappush, queue, item, NULL);
    Subject *s = done ? subject_of(self) : NULL;
    if (s && !s->overridden) tell_put(s, item, PyObject_Size(queue));
    Py_DECREF(queue);
    Py_XDECREF(done);
    return done ? Py_NewRef(Py_None) : NULL;
}

static PyObject *get(const QueueKind *k, PyObject *self) {
    PyObject *queue = PyObject_GetAttr(self, s_queue);
    if (!queue) return NULL;
    PyObject *item = k == &kinds[0] && is_deque(queue) ? deque_popleft(queue, NULL)
                     : k->get                          ? PyObject_CallMethodObjArgs(queue, k->get_name, NULL)
                                                       : PyObject_CallFunctionObjArgs(heappop, queue, NULL);
    Py_DECREF(queue);
    Subject *s = item ? subject_of(self) : NULL;
    if (s && !s->overridden) tell_get(s, item);
    return item;
}

static PyObject *queue_put(PyObject *self, PyObject *item) { return put(&kinds[0], self, item); }
static PyObject *lifo_put(PyObject *self, PyObject *item) { return put(&kinds[1], self, item); }
static PyObject *priority_put(PyObject *self, PyObject *item) { return put(&kinds[2], self, item); }
static PyObject *queue_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[0], self); }
static PyObject *lifo_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[1], self); }
static PyObject *priority_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[2], self); }

/* ── refused, and a subclass with its own order ─────────────────────────────────────────────────────────────────── */
static void tell_refused(PyObject *self, PyObject *error) {
    Subject *s = subject_of(self);
    if (!s || !PyErr_ExceptionMatches(error)) return;
    uint32_t site = site_here();
    emit_of(thread_here(), actor_here(), now(), IL_EV_REFUSED, 0, s->serial, 0, site, 0);
}

static PyObject *put_nowait(PyObject *self, PyObject *item) {
    PyObject *done = call(native_put, self, &item, 1, NULL);
    if (!done) return tell_refused(self, full), NULL;
    Subject *s = any_overridden ? subject_of(self) : NULL;
    if (!s || !s->overridden) return done;
    PyObject *size = PyObject_CallMethodObjArgs(self, s_qsize, NULL);
    if (size) tell_put(s, item, PyLong_AsSsize_t(size));
    Py_XDECREF(size);
    PyErr_Clear();
    return done;
}

static PyObject *get_nowait(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *item = call(native_get, self, NULL, 0, NULL);
    if (!item) return tell_refused(self, empty), NULL;
    Subject *s = any_overridden ? subject_of(self) : NULL;
    if (s && s->overridden) tell_get(s, item);
    return item;
}

/* ── the rest of the class ──────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *queue_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (!done) return NULL;
    const QueueKind *k = queue_kind_of(self, kinds);
    Subject *s = voice_made(self, k->kind, 0, number_of(self, "_maxsize"), 0);
    if (!s || s->items) return done;
    s->overridden = queue_has_own_order(self, k);
    any_overridden |= s->overridden;
    s->items = items_new(s->overridden ? ANY_ORDER : k->order);
    voice_give_inner(self, "_finished", s, IL_WHY_QUEUE_JOIN);
    return done;
}

static PyObject *task_done(PyObject *self, PyObject *unused) {
    (void)unused;
    Subject *s = subject_of(self);
    uint32_t left = s ? number_of(self, "_unfinished_tasks") : 0;
    if (left) tell(s, IL_EV_TASK_DONE, 0, left - 1);
    return PyObject_CallFunctionObjArgs(native_task_done, self, NULL);
}

bool aio_queue_hook(PyObject *module) {
    static const PyMethodDef puts[] = {{"_put", queue_put, METH_O, "($self, item)"},
                                       {"_put", lifo_put, METH_O, "($self, item)"},
                                       {"_put", priority_put, METH_O, "($self, item)"}};
    static const PyMethodDef gets[] = {{"_get", queue_get, METH_NOARGS, "($self)"},
                                       {"_get", lifo_get, METH_NOARGS, "($self)"},
                                       {"_get", priority_get, METH_NOARGS, "($self)"}};
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))queue_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, maxsize=0)"};
    static const PyMethodDef put_def = {"put_nowait", put_nowait, METH_O, "($self, item)"};
    static const PyMethodDef get_def = {"get_nowait", get_nowait, METH_NOARGS, "($self)"};
    static const PyMethodDef done_def = {"task_done", task_done, METH_NOARGS, "($self)"};
    s_queue = intern("_queue"), s_qsize = intern("qsize");
    PyObject *heapq = PyObject_GetAttrString(module, "heapq");
    heappush = heapq ? PyObject_GetAttrString(heapq, "heappush") : NULL;
    heappop = heapq ? PyObject_GetAttrString(heapq, "heappop") : NULL;
    Py_XDECREF(heapq);
    full = PyObject_GetAttrString(module, "QueueFull"), empty = PyObject_GetAttrString(module, "QueueEmpty");
    bool done = heappush && heappop && full && empty;
    for (int i = 0; done && i < QUEUE_KINDS; i++) done = queue_kind_hook(module, &kinds[i], &puts[i], &gets[i]);
    return done && method_replace(kinds[0].object, &init, &native_init) &&
           method_replace(kinds[0].object, &put_def, &native_put) && method_replace(kinds[0].object, &get_def, &native_get) &&
           method_replace(kinds[0].object, &done_def, &native_task_done);
}
