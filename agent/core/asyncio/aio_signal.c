/* asyncio's Event, Condition and Barrier: those who signal are told here; who waits for them is read from its coroutine.
 *
 *   Event      set, clear         Condition  notify, with how many it lets go; its Lock speaks for itself
 *   Barrier    arrive, when its count goes up; broken, when its state says so. Its Condition speaks for it. */
#include "aio.h"

static PyObject *native_event, *native_set, *native_condition, *native_notify, *native_barrier;
static PyObject *s_value, *s_waiters, *s_locked, *s_done, *s_name;

/* ── Event ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *event_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_event, self, args, nargs, kwnames);
    if (done) voice_made(self, IL_OBJ_EVENT, IL_WHY_EVENT, 0, 0);
    return done;
}

static Subject *subject_of_event(PyObject *self) {
    Voice *v = voice_beside(self);
    return v && v->why == IL_WHY_EVENT ? v->subject : NULL;
}

static PyObject *event_set(PyObject *self, PyObject *unused) {
    (void)unused;
    Subject *s = subject_of_event(self);
    if (s) tell(s, IL_EV_SET, 0, 0);
    return PyObject_CallFunctionObjArgs(native_set, self, NULL);
}

/* As the library does it: every put of a queue clears an event. */
static PyObject *event_clear(PyObject *self, PyObject *unused) {
    (void)unused;
    if (PyObject_SetAttr(self, s_value, Py_False) < 0) return NULL;
    Subject *s = subject_of_event(self);
    if (s) tell(s, IL_EV_CLEAR, 0, 0);
    Py_RETURN_NONE;
}

/* ── Condition ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *condition_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_condition, self, args, nargs, kwnames);
    PyObject *lock = done && site_find(0).own ? PyObject_GetAttrString(self, "_lock") : NULL;
    if (lock) {
        Voice *v = voice_beside(lock); /* NULL: it was made here */
        Subject *s = v ? v->subject : voice_made(lock, IL_OBJ_LOCK, IL_WHY_LOCK, 0, 0);
        voice_made(self, IL_OBJ_CONDITION, IL_WHY_CONDITION, s ? s->serial : 0, 0);
    }
    Py_XDECREF(lock);
    if (done) PyErr_Clear();
    return done;
}

static bool is_true(PyObject *object, PyObject *method) {
    PyObject *answer = PyObject_CallMethodObjArgs(object, method, NULL);
    Py_XDECREF(answer);
    if (!answer) PyErr_Clear();
    return answer == Py_True;
}

/* How many of those who wait a notify(n) lets go. */
static uint32_t let_go(PyObject *condition, long n) {
    PyObject *waiters = PyObject_GetAttr(condition, s_waiters), *all = waiters ? PyObject_GetIter(waiters) : NULL, *future;
    uint32_t count = 0;
    while (all && count < n && (future = PyIter_Next(all))) {
        count += !is_true(future, s_done);
        Py_DECREF(future);
    }
    Py_XDECREF(all);
    Py_XDECREF(waiters);
    PyErr_Clear();
    return count;
}

static PyObject *condition_notify(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Voice *v = voice_beside(self);
    PyObject *n = argument(args, nargs, kwnames, 0, "n");
    if (v && v->why == IL_WHY_CONDITION && (!n || PyLong_Check(n)) && is_true(self, s_locked)) {
        int overflow = 0;
        long most = n ? PyLong_AsLongAndOverflow(n, &overflow) : 1;
        tell(v->subject, IL_EV_NOTIFY, 0, let_go(self, overflow > 0 ? UINT32_MAX : most));
    }
    return call(native_notify, self, args, nargs, kwnames);
}

/* ── Barrier ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *barrier_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_barrier, self, args, nargs, kwnames);
    Subject *s = done ? voice_made(self, IL_OBJ_BARRIER, IL_WHY_BARRIER, number_of(self, "_parties"), 0) : NULL;
    voice_give_inner(self, "_cond", s, IL_WHY_BARRIER);
    return done;
}

static void count_changed(PyObject *self, PyObject *before, PyObject *after) {
    Voice *v = voice_beside(self);
    if (v && PyObject_RichCompareBool(after, before, Py_GT) == 1)
        tell(v->subject, IL_EV_ARRIVE, 0, (uint32_t)PyLong_AsUnsignedLongMask(after));
    PyErr_Clear();
}

static void state_changed(PyObject *self, PyObject *before, PyObject *after) {
    (void)before;
    Voice *v = voice_beside(self);
    PyObject *name = v ? PyObject_GetAttr(after, s_name) : NULL;
    if (name && PyUnicode_Check(name) &&
        (PyUnicode_CompareWithASCIIString(name, "BROKEN") == 0 || PyUnicode_CompareWithASCIIString(name, "RESETTING") == 0))
        tell(v->subject, IL_EV_BROKEN, 0, 0);
    Py_XDECREF(name);
    PyErr_Clear();
}

static bool barrier_hook_aio(PyObject *locks) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))barrier_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, parties)"};
    PyObject *barrier = PyObject_GetAttrString(locks, "Barrier");
    if (!barrier) return PyErr_Clear(), true; /* 3.10 has none */
    bool done = method_replace(barrier, &init, &native_barrier) && attribute_tell(barrier, "_count", count_changed) &&
                attribute_tell(barrier, "_state", state_changed);
    Py_DECREF(barrier);
    return done;
}

bool aio_signal_hook(PyObject *locks) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef event_def = {"__init__", (PyCFunction)(void (*)(void))event_init, FLAGS, "($self)"};
    static const PyMethodDef set_def = {"set", event_set, METH_NOARGS, "($self)"};
    static const PyMethodDef clear_def = {"clear", event_clear, METH_NOARGS, "($self)"};
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))condition_init, FLAGS, "($self, lock=None)"};
    static const PyMethodDef notify = {"notify", (PyCFunction)(void (*)(void))condition_notify, FLAGS, "($self, n=1)"};
    s_value = intern("_value"), s_waiters = intern("_waiters"), s_locked = intern("locked"), s_done = intern("done");
    s_name = intern("name");
    PyObject *event = PyObject_GetAttrString(locks, "Event"), *condition = PyObject_GetAttrString(locks, "Condition");
    bool done = event && condition && method_replace(event, &event_def, &native_event) &&
                method_replace(event, &set_def, &native_set) && method_replace(event, &clear_def, NULL) &&
                method_replace(condition, &init, &native_condition) && method_replace(condition, &notify, &native_notify);
    Py_XDECREF(condition);
    Py_XDECREF(event);
    return done && barrier_hook_aio(locks);
}
