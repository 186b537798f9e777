/* Event, and Timer, whose thread waits on an Event that the library makes for it. set() stays the library's: it ends in
 * Condition.notify_all, which tells it; clear() is told under the event's lock. */
#include "condition.h"

static PyObject *native_init, *native_clear, *native_timer_init;
static PyObject *s_cond, *s_flag;

static void speak(PyObject *event) {
    Subject *s = subject_made(IL_OBJ_EVENT, 0);
    PyObject *condition = s ? PyObject_GetAttr(event, s_cond) : NULL;
    condition_speak_for(condition, s, IL_WHY_EVENT);
    Py_XDECREF(condition);
    PyErr_Clear();
    subject_drop(s);
}

static PyObject *event_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (done) speak(self);
    return done;
}

static PyObject *timer_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_timer_init, self, args, nargs, kwnames);
    PyObject *finished = done ? PyObject_GetAttrString(self, "finished") : NULL;
    if (finished) speak(finished);
    Py_XDECREF(finished);
    PyErr_Clear();
    return done;
}

static PyObject *event_clear(PyObject *self, PyObject *unused) {
    (void)unused;
    Subject *s = subject_of_cond(self);
    if (!s || s->kind != IL_OBJ_EVENT) return PyObject_CallFunctionObjArgs(native_clear, self, NULL);
    PyObject *condition = PyObject_GetAttr(self, s_cond), *inside = condition ? cond_enter(condition) : NULL, *done = NULL;
    if (inside) {
        done = PyObject_SetAttr(self, s_flag, Py_False) == 0 ? Py_NewRef(Py_None) : NULL;
        if (done) emit(now(), IL_EV_CLEAR, 0, s->serial, ++s->seq, 0, 0);
        done = cond_exit(condition, done);
    }
    Py_XDECREF(inside);
    Py_XDECREF(condition);
    return done;
}

bool event_hook(PyObject *threading) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))event_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self)"};
    static const PyMethodDef clear = {"clear", event_clear, METH_NOARGS, "($self)"};
    static const PyMethodDef timer_def = {"__init__", (PyCFunction)(void (*)(void))timer_init, METH_FASTCALL | METH_KEYWORDS,
                                          "($self, interval, function, args=None, kwargs=None)"};
    s_cond = intern("_cond"), s_flag = intern("_flag");
    PyObject *cls = PyObject_GetAttrString(threading, "Event"), *timer = PyObject_GetAttrString(threading, "Timer");
    bool done = cls && timer && method_replace(cls, &init, &native_init) && method_replace(cls, &clear, &native_clear) &&
                method_replace(timer, &timer_def, &native_timer_init);
    Py_XDECREF(cls);
    Py_XDECREF(timer);
    return done;
}
