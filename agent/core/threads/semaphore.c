/* Semaphore and BoundedSemaphore. A permit is taken under the semaphore's own lock, and that is where `acquire` must be
 * told, or another thread's release could get the earlier seq; so acquire is here, statement by statement the library's:
 *
 *   with self._cond:  while self._value == 0: self._cond.wait()   self._value -= 1   → acquire told here
 *
 * release stays the library's: it ends in Condition.notify, which tells it (condition.c). */
#include "condition.h"

static PyObject *native_init, *native_bounded_init, *native_acquire;
static PyObject *s_value, *s_cond, *s_wait, *zero, *one;

static PyObject *made(PyObject *self, PyObject *done, uint16_t kind) {
    Subject *s = done ? subject_made(kind, number_of(self, "_value")) : NULL;
    if (!s) return done;
    PyObject *condition = PyObject_GetAttr(self, s_cond);
    condition_speak_for(condition, s, IL_WHY_SEMAPHORE);
    Py_XDECREF(condition);
    PyErr_Clear();
    subject_drop(s);
    return done;
}

static PyObject *bounded_class;

static PyObject *semaphore_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (!done) return NULL;
    bool bounded = PyObject_IsInstance(self, bounded_class) == 1;
    return made(self, done, bounded ? IL_OBJ_BOUNDED_SEMAPHORE : IL_OBJ_SEMAPHORE);
}

static PyObject *bounded_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return made(self, call(native_bounded_init, self, args, nargs, kwnames), IL_OBJ_BOUNDED_SEMAPHORE);
}

/* One round of the loop: 1 = got a permit, 0 = none left, -1 = error. */
static int take_permit(PyObject *self) {
    PyObject *value = PyObject_GetAttr(self, s_value);
    int none = value ? PyObject_RichCompareBool(value, zero, Py_EQ) : -1;
    PyObject *less = none == 0 ? PyNumber_Subtract(value, one) : NULL;
    int got = none == 1 ? 0 : less && PyObject_SetAttr(self, s_value, less) == 0 ? 1 : -1;
    Py_XDECREF(value);
    Py_XDECREF(less);
    return got;
}

/* The loop, with the lock held: Py_True, Py_False or NULL, borrowed. */
static PyObject *acquire_held(PyObject *self, PyObject *condition, Subject *s, bool blocking, PyObject *timeout) {
    uint64_t deadline = 0;
    bool waited = false;
    PyObject *patience = timeout;
    Py_INCREF(patience);
    int got;
    while ((got = take_permit(self)) == 0 && blocking) {
        if (timeout != Py_None && !waited) {
            double seconds = PyFloat_AsDouble(timeout);
            if (seconds == -1 && PyErr_Occurred()) break;
            deadline = now() + (seconds > 0 ? (uint64_t)(seconds * 1e9) : 0);
        } else if (timeout != Py_None) {
            uint64_t t = now();
            if (t >= deadline) break;
            Py_DECREF(patience);
            patience = PyFloat_FromDouble((double)(deadline - t) / 1e9);
        }
        waited = true;
        PyObject *woken = patience ? PyObject_CallMethodObjArgs(condition, s_wait, patience, NULL) : NULL;
        if (!woken) break;
        Py_DECREF(woken);
    }
    Py_XDECREF(patience);
    if (got < 0 || PyErr_Occurred()) return NULL;
    if (got) emit(now(), IL_EV_ACQUIRE, waited ? IL_FLAG_CONTENDED : 0, s->serial, ++s->seq, site_here(), 0);
    if (!got && !waited) emit(now(), IL_EV_REFUSED, 0, s->serial, 0, site_here(), 0);
    return got ? Py_True : Py_False;
}

static PyObject *semaphore_acquire(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Subject *s = subject_of_cond(self);
    PyObject *blocking = nargs > 0 ? args[0] : Py_True, *timeout = nargs > 1 ? args[1] : Py_None;
    Py_ssize_t named = kwnames ? PyTuple_Size(kwnames) : 0;
    bool understood = nargs + named <= 2;
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *key = PyTuple_GetItem(kwnames, i);
        if (nargs < 1 && PyUnicode_CompareWithASCIIString(key, "blocking") == 0)
            blocking = args[nargs + i];
        else if (nargs < 2 && PyUnicode_CompareWithASCIIString(key, "timeout") == 0)
            timeout = args[nargs + i];
        else
            understood = false;
    }
    int wants = PyObject_IsTrue(blocking);
    if (wants < 0) return NULL;
    if (!s || !understood || (!wants && timeout != Py_None)) return call(native_acquire, self, args, nargs, kwnames);
    PyObject *condition = PyObject_GetAttr(self, s_cond), *inside = condition ? cond_enter(condition) : NULL, *got = NULL;
    if (inside) {
        got = acquire_held(self, condition, s, wants, timeout);
        Py_XINCREF(got);
        got = cond_exit(condition, got);
    }
    Py_XDECREF(inside);
    Py_XDECREF(condition);
    return got;
}

bool semaphore_hook(PyObject *threading) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))semaphore_init,
                                     METH_FASTCALL | METH_KEYWORDS, "($self, value=1)"};
    static const PyMethodDef bounded = {"__init__", (PyCFunction)(void (*)(void))bounded_init,
                                        METH_FASTCALL | METH_KEYWORDS, "($self, value=1)"};
    static const PyMethodDef acquire = {"acquire", (PyCFunction)(void (*)(void))semaphore_acquire,
                                        METH_FASTCALL | METH_KEYWORDS, "($self, blocking=True, timeout=None)"};
    static const PyMethodDef enter = {"__enter__", (PyCFunction)(void (*)(void))semaphore_acquire,
                                      METH_FASTCALL | METH_KEYWORDS, "($self, blocking=True, timeout=None)"};
    s_value = intern("_value"), s_cond = intern("_cond"), s_wait = intern("wait");
    zero = PyLong_FromLong(0), one = PyLong_FromLong(1);
    PyObject *cls = PyObject_GetAttrString(threading, "Semaphore");
    bounded_class = PyObject_GetAttrString(threading, "BoundedSemaphore");
    bool done = cls && bounded_class && method_replace(bounded_class, &bounded, &native_bounded_init) &&
                method_replace(cls, &init, &native_init) && method_replace(cls, &acquire, &native_acquire) &&
                method_replace(cls, &enter, NULL);
    Py_XDECREF(cls);
    return done;
}
