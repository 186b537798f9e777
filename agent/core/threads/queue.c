/* queue.Queue, LifoQueue and PriorityQueue. put and get stay the library's; the steps inside that change the queue, _put
 * and _get, run under its mutex and are told there. Waiting for items, room or the end of all tasks is the queue's three
 * conditions speaking for it; being kept from the mutex is a wait for the queue.
 *
 *   T1  get: not_empty.wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┐ wake(cause = put 5) … get(item 5)
 *   T2  put: _put → put(seq 5), not_empty.notify ─┘
 *
 * A subclass with a _put or _get of its own keeps it: there the notify that follows each tells instead, and the item is
 * the variable `item` of the library's frame. */
#include "condition.h"
#include "queue_kinds.h"

static QueueKind kinds[QUEUE_KINDS] = THREE_QUEUE_KINDS;
static PyObject *heappush, *heappop, *native_init, *native_task_done, *full, *empty;
static PyObject *s_mutex, *s_queue, *s_unfinished, *s_all_tasks_done, *s_notify_all, *s_qsize;

static inline Subject *subject_of_queue(PyObject *self) {
    PyObject *mutex = PyObject_GetAttr(self, s_mutex);
    if (!mutex) return PyErr_Clear(), NULL;
    Subject *s = Py_TYPE(mutex) == lock_type && ((Lock *)mutex)->role == INNER ? ((Lock *)mutex)->subject : NULL;
    Py_DECREF(mutex); /* the queue keeps it */
    return s;
}

static void tell_put(Subject *s, PyObject *item, Py_ssize_t depth) {
    if (depth == 1) items_clear(s->items); /* whatever it still lists has left by other ways */
    uint32_t seq = ++s->seq;
    items_put(s->items, item, seq);
    emit(now(), IL_EV_PUT, 0, s->serial, seq, site_here(), (uint32_t)depth);
}

static void tell_get(Subject *s, PyObject *item) {
    uint32_t seq = ++s->seq;
    emit(now(), IL_EV_GET, 0, s->serial, seq, 0, items_get(s->items, item));
}

static inline bool tells_itself(Subject *s) { return s && s->items && !s->overridden; }

/* ── _put and _get of the three classes ─────────────────────────────────────────────────────────────────────────── */
static PyObject *put(const QueueKind *k, PyObject *self, PyObject *item) {
    PyObject *queue = PyObject_GetAttr(self, s_queue);
    if (!queue) return NULL;
    PyObject *done = k->put ? PyObject_CallMethodObjArgs(queue, k->put_name, item, NULL)
                            : PyObject_CallFunctionObjArgs(heappush, queue, item, NULL);
    if (done) {
        Subject *s = subject_of_queue(self);
        if (tells_itself(s)) tell_put(s, item, PyObject_Size(queue));
        Py_DECREF(done);
    }
    Py_DECREF(queue);
    return done ? Py_NewRef(Py_None) : NULL;
}

static PyObject *get(const QueueKind *k, PyObject *self) {
    PyObject *queue = PyObject_GetAttr(self, s_queue);
    if (!queue) return NULL;
    PyObject *item = k->get ? PyObject_CallMethodObjArgs(queue, k->get_name, NULL)
                            : PyObject_CallFunctionObjArgs(heappop, queue, NULL);
    Py_DECREF(queue);
    Subject *s = item ? subject_of_queue(self) : NULL;
    if (tells_itself(s)) tell_get(s, item);
    return item;
}

static PyObject *queue_put(PyObject *self, PyObject *item) { return put(&kinds[0], self, item); }
static PyObject *lifo_put(PyObject *self, PyObject *item) { return put(&kinds[1], self, item); }
static PyObject *priority_put(PyObject *self, PyObject *item) { return put(&kinds[2], self, item); }
static PyObject *queue_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[0], self); }
static PyObject *lifo_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[1], self); }
static PyObject *priority_get(PyObject *self, PyObject *unused) { return (void)unused, get(&kinds[2], self); }

/* ── a subclass with its own order ──────────────────────────────────────────────────────────────────────────────── */
static PyObject *local_of_caller(const char *name) {
    PyObject *frame = (PyObject *)PyEval_GetFrame(), *locals = frame ? PyObject_GetAttrString(frame, "f_locals") : NULL;
    PyObject *value = locals ? PyMapping_GetItemString(locals, name) : NULL;
    Py_XDECREF(locals);
    PyErr_Clear();
    return value;
}

void queue_notified(Voice *v) {
    Subject *s = v->subject;
    if (!s->overridden) return;
    PyObject *item = local_of_caller("item"), *self = item ? local_of_caller("self") : NULL;
    PyObject *size = self ? PyObject_CallMethodObjArgs(self, s_qsize, NULL) : NULL;
    Py_ssize_t depth = size ? PyLong_AsSsize_t(size) : 0;
    if (size && v->why == IL_WHY_QUEUE_GET) tell_put(s, item, depth);
    if (size && v->why == IL_WHY_QUEUE_PUT) tell_get(s, item);
    PyErr_Clear();
    Py_XDECREF(size);
    Py_XDECREF(self);
    Py_XDECREF(item);
}

/* ── the rest of the class ──────────────────────────────────────────────────────────────────────────────────────── */
static void condition_named(PyObject *self, const char *name, Subject *s, uint16_t why) {
    PyObject *condition = PyObject_GetAttrString(self, name);
    condition_speak_for(condition, s, why);
    Py_XDECREF(condition);
}

static PyObject *queue_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (!done) return NULL;
    const QueueKind *k = queue_kind_of(self, kinds);
    Subject *s = subject_made(k->kind, number_of(self, "maxsize"));
    if (!s) return done;
    s->overridden = queue_has_own_order(self, k);
    s->items = items_new(s->overridden ? ANY_ORDER : k->order);
    condition_named(self, "not_empty", s, IL_WHY_QUEUE_GET);
    condition_named(self, "not_full", s, IL_WHY_QUEUE_PUT);
    condition_named(self, "all_tasks_done", s, IL_WHY_QUEUE_JOIN);
    PyErr_Clear();
    subject_drop(s);
    return done;
}

/* Under the lock: one task fewer; at 0 those who join are let go. */
static PyObject *task_done_held(PyObject *self, PyObject *condition, Subject *s) {
    PyObject *tasks = PyObject_GetAttr(self, s_unfinished);
    long long left = tasks && PyLong_Check(tasks) ? PyLong_AsLongLong(tasks) - 1 : -1;
    Py_XDECREF(tasks);
    if (PyErr_Occurred()) return NULL;
    if (left < 0) return PyErr_SetString(PyExc_ValueError, "task_done() called too many times"), NULL;
    emit(now(), IL_EV_TASK_DONE, 0, s->serial, ++s->seq, 0, (uint32_t)left);
    PyObject *woken = left ? Py_NewRef(Py_None) : PyObject_CallMethodObjArgs(condition, s_notify_all, NULL);
    tasks = woken ? PyLong_FromLongLong(left) : NULL;
    bool set = tasks && PyObject_SetAttr(self, s_unfinished, tasks) == 0;
    Py_XDECREF(tasks);
    Py_XDECREF(woken);
    return set ? Py_NewRef(Py_None) : NULL;
}

static PyObject *queue_task_done(PyObject *self, PyObject *unused) {
    (void)unused;
    Subject *s = subject_of_queue(self);
    if (!s) return PyObject_CallFunctionObjArgs(native_task_done, self, NULL);
    PyObject *condition = PyObject_GetAttr(self, s_all_tasks_done);
    PyObject *inside = condition ? cond_enter(condition) : NULL, *done = NULL;
    if (inside) done = cond_exit(condition, task_done_held(self, condition, s));
    Py_XDECREF(inside);
    Py_XDECREF(condition);
    return done;
}

/* The mutex is being left by an exception: Full or Empty without having waited is a refusal. */
void queue_refused(Subject *s, PyObject *error) {
    Thread *me = thread_here();
    bool waited = me->refusing == s->serial;
    me->refusing = 0;
    if (s->items && !waited && (error == full || error == empty))
        emit(now(), IL_EV_REFUSED, 0, s->serial, 0, site_here(), 0);
}

bool simple_queue_hook(PyObject *module);

bool hook_queue(PyObject *module) {
    static const PyMethodDef puts[] = {{"_put", queue_put, METH_O, "($self, item)"},
                                       {"_put", lifo_put, METH_O, "($self, item)"},
                                       {"_put", priority_put, METH_O, "($self, item)"}};
    static const PyMethodDef gets[] = {{"_get", queue_get, METH_NOARGS, "($self)"},
                                       {"_get", lifo_get, METH_NOARGS, "($self)"},
                                       {"_get", priority_get, METH_NOARGS, "($self)"}};
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))queue_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, maxsize=0)"};
    static const PyMethodDef task_done = {"task_done", queue_task_done, METH_NOARGS, "($self)"};
    s_mutex = intern("mutex"), s_queue = intern("queue"), s_unfinished = intern("unfinished_tasks"), s_qsize = intern("_qsize");
    s_all_tasks_done = intern("all_tasks_done"), s_notify_all = intern("notify_all");
    heappush = PyObject_GetAttrString(module, "heappush"), heappop = PyObject_GetAttrString(module, "heappop");
    full = PyObject_GetAttrString(module, "Full"), empty = PyObject_GetAttrString(module, "Empty");
    bool done = heappush && heappop && full && empty;
    for (int i = 0; done && i < QUEUE_KINDS; i++) done = queue_kind_hook(module, &kinds[i], &puts[i], &gets[i]);
    return done && method_replace(kinds[0].object, &init, &native_init) &&
           method_replace(kinds[0].object, &task_done, &native_task_done) && simple_queue_hook(module);
}
