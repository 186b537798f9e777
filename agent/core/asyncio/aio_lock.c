/* asyncio's Lock and Semaphore: what changes hands is an attribute, and its changes are told (aio_attribute.c).
 *
 *   T1  release: _locked = False → release ── the waiter's future is set ─┐
 *   T2  suspend(lock) ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┴ ready, step, _locked = True → acquire
 *
 * A semaphore's permit goes straight to the one who waits: T1 counts it up, and down again on T2's behalf. */
#include "aio.h"
#include "coroutine.h"

static PyObject *native_lock, *native_semaphore, *bounded_class;
static PyObject *s_callbacks;
static uintptr_t acquires[2], hands_over; /* code of Lock.acquire, Semaphore.acquire; of Semaphore._wake_up_next */

/* The second variable of the running function: the future that it made to wait for, once it has. */
static PyObject *future_of(Frame f) { return AT(PyObject *, f, coroutine_layout.locals + (int)sizeof(PyObject *)); }

static uint32_t contended(Frame f) {
    uintptr_t code = frame_code(f);
    return (code == acquires[0] || code == acquires[1]) && future_of(f) ? IL_FLAG_CONTENDED : 0;
}

static void lock_changed(PyObject *self, PyObject *before, PyObject *after) {
    Voice *v = voice_beside(self);
    if (!v || v->why != IL_WHY_LOCK) return;
    if (after == Py_True && before == Py_False)
        tell(v->subject, IL_EV_ACQUIRE, contended(frame_top()), 0);
    else if (after == Py_False && before == Py_True)
        tell(v->subject, IL_EV_RELEASE, 0, 0);
}

/* Who waits for a future: the task that its first callback wakes. */
static uint32_t waiter_of(PyObject *future) {
    PyObject *callbacks = PyObject_GetAttr(future, s_callbacks);
    PyObject *first = callbacks && callbacks != Py_None ? PySequence_GetItem(callbacks, 0) : NULL;
    PyObject *callback = first ? PySequence_GetItem(first, 0) : NULL;
    bool step;
    PyObject *task = callback ? task_of_callback(callback, &step) : NULL;
    Task *k = task ? task_find(task) : NULL;
    Py_XDECREF(callback);
    Py_XDECREF(first);
    Py_XDECREF(callbacks);
    PyErr_Clear();
    return k ? k->serial : actor_here();
}

static void semaphore_changed(PyObject *self, PyObject *before, PyObject *after) {
    Voice *v = voice_beside(self);
    if (!v || v->why != IL_WHY_SEMAPHORE || !PyLong_Check(before) || !PyLong_Check(after)) return;
    long long change = PyLong_AsLongLong(after) - PyLong_AsLongLong(before);
    if (PyErr_Occurred()) return PyErr_Clear();
    Frame f = frame_top();
    PyObject *handed = frame_code(f) == hands_over ? future_of(f) : NULL;
    if (change > 0)
        tell(v->subject, IL_EV_RELEASE, 0, (uint32_t)change);
    else if (handed)
        tell_by(waiter_of(handed), v->subject, IL_EV_ACQUIRE, IL_FLAG_CONTENDED, 0);
    else if (change < 0)
        tell(v->subject, IL_EV_ACQUIRE, contended(f), 0);
}

static PyObject *lock_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_lock, self, args, nargs, kwnames);
    if (done) voice_made(self, IL_OBJ_LOCK, IL_WHY_LOCK, 0, 0);
    return done;
}

static PyObject *semaphore_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_semaphore, self, args, nargs, kwnames);
    if (!done) return NULL;
    bool bounded = PyObject_IsInstance(self, bounded_class) == 1; /* its __init__ is one call more away */
    uint16_t kind = bounded ? IL_OBJ_BOUNDED_SEMAPHORE : IL_OBJ_SEMAPHORE;
    voice_made(self, kind, IL_WHY_SEMAPHORE, number_of(self, "_value"), bounded);
    return done;
}

/* The code of a method whose second variable is `future`; 0: it is another one in this version. */
static uintptr_t code_with_future(PyObject *cls, const char *method) {
    PyObject *function = PyObject_GetAttrString(cls, method);
    PyObject *code = function ? PyObject_GetAttrString(function, "__code__") : NULL;
    PyObject *names = code ? PyObject_GetAttrString(code, "co_varnames") : NULL;
    PyObject *second = names ? PySequence_GetItem(names, 1) : NULL;
    uintptr_t found = second && PyUnicode_CompareWithASCIIString(second, "fut") == 0 ? (uintptr_t)code : 0;
    Py_XDECREF(second);
    Py_XDECREF(names);
    if (!found) Py_XDECREF(code); /* else kept, for its address */
    Py_XDECREF(function);
    PyErr_Clear();
    return found;
}

bool aio_lock_hook(PyObject *locks) {
    static const PyMethodDef lock_def = {"__init__", (PyCFunction)(void (*)(void))lock_init, METH_FASTCALL | METH_KEYWORDS, "($self)"};
    static const PyMethodDef semaphore_def = {"__init__", (PyCFunction)(void (*)(void))semaphore_init,
                                              METH_FASTCALL | METH_KEYWORDS, "($self, value=1)"};
    PyObject *lock = PyObject_GetAttrString(locks, "Lock"), *semaphore = PyObject_GetAttrString(locks, "Semaphore");
    bounded_class = PyObject_GetAttrString(locks, "BoundedSemaphore");
    s_callbacks = intern("_callbacks");
    bool done = lock && semaphore && bounded_class;
    if (done) {
        acquires[0] = code_with_future(lock, "acquire"), acquires[1] = code_with_future(semaphore, "acquire");
        hands_over = code_with_future(semaphore, "_wake_up_next");
        done = method_replace(lock, &lock_def, &native_lock) && method_replace(semaphore, &semaphore_def, &native_semaphore) &&
               attribute_tell(lock, "_locked", lock_changed) && attribute_tell(semaphore, "_value", semaphore_changed);
    }
    Py_XDECREF(semaphore);
    Py_XDECREF(lock);
    return done;
}
