/* Barrier: `arrive` under the barrier's lock, with how many are there now; the last arrival is the cause of the others'
 * waking. A barrier that breaks tells so before anyone is let go.
 *
 *   T1  arrive(1) wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┐ wake (cause = arrive 3)
 *   T2     arrive(2) wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤ wake (cause = arrive 3)
 *   T3                      arrive(3) ──┘ */
#include "condition.h"

static PyObject *native_init, *native_release, *native_wait, *native_break, *native_reset;
static PyObject *s_cond;
__thread Subject *barrier_resetting;

static PyObject *barrier_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (!done) return NULL;
    Subject *s = subject_made(IL_OBJ_BARRIER, number_of(self, "_parties"));
    PyObject *condition = s ? PyObject_GetAttr(self, s_cond) : NULL;
    condition_speak_for(condition, s, IL_WHY_BARRIER);
    Py_XDECREF(condition);
    PyErr_Clear();
    subject_drop(s);
    return done;
}

static void tell(PyObject *self, uint32_t kind, uint32_t arg) {
    Subject *s = subject_of_cond(self);
    if (s) emit(now(), kind, 0, s->serial, subject_cause(s), site_of_kind(kind), arg);
}

/* The last to arrive runs _release, the others _wait. */
static PyObject *barrier_release(PyObject *self, PyObject *unused) {
    (void)unused;
    tell(self, IL_EV_ARRIVE, number_of(self, "_count"));
    return PyObject_CallFunctionObjArgs(native_release, self, NULL);
}

static PyObject *barrier_wait(PyObject *self, PyObject *timeout) {
    tell(self, IL_EV_ARRIVE, number_of(self, "_count"));
    return PyObject_CallFunctionObjArgs(native_wait, self, timeout, NULL);
}

static PyObject *barrier_break(PyObject *self, PyObject *unused) {
    (void)unused;
    tell(self, IL_EV_BROKEN, 0);
    return PyObject_CallFunctionObjArgs(native_break, self, NULL);
}

/* reset() breaks the barrier for those who wait: told by its notify_all (condition.c), where the lock is held. */
static PyObject *barrier_reset(PyObject *self, PyObject *unused) {
    (void)unused;
    barrier_resetting = subject_of_cond(self);
    PyObject *done = PyObject_CallFunctionObjArgs(native_reset, self, NULL);
    barrier_resetting = NULL;
    return done;
}

bool barrier_hook(PyObject *threading) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))barrier_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, parties, action=None, timeout=None)"};
    static const PyMethodDef release = {"_release", barrier_release, METH_NOARGS, "($self)"};
    static const PyMethodDef wait = {"_wait", barrier_wait, METH_O, "($self, timeout)"};
    static const PyMethodDef broken = {"_break", barrier_break, METH_NOARGS, "($self)"};
    static const PyMethodDef reset = {"reset", barrier_reset, METH_NOARGS, "($self)"};
    s_cond = intern("_cond");
    PyObject *cls = PyObject_GetAttrString(threading, "Barrier");
    bool done = cls && method_replace(cls, &init, &native_init) && method_replace(cls, &release, &native_release) &&
                method_replace(cls, &wait, &native_wait) && method_replace(cls, &broken, &native_break) &&
                method_replace(cls, &reset, &native_reset);
    Py_XDECREF(cls);
    return done;
}
