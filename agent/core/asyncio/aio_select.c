/* selectors: waiting for files and sockets to become ready, by whoever asks. In comes select(timeout), out go wait and
 * wake of the thread, when it may block; on an event loop's own selector, the step that ran is over too. */
#include "aio.h"

static PyObject *natives[5];

static PyObject *select_told(PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    loop_selects(self);
    PyObject *timeout = argument(args, nargs, kwnames, 0, "timeout");
    double seconds = timeout && timeout != Py_None ? PyFloat_AsDouble(timeout) : 1;
    if (seconds == -1) PyErr_Clear();
    if (seconds <= 0 || part_of_wait()) return call(native, self, args, nargs, kwnames);
    uint32_t idle = timed_by(timeout) ? 0 : loop_idles(self);
    uint64_t since = now();
    emit_wait(since, IL_WHY_IO | timed_by(timeout), idle, 0);
    PyObject *ready = call(native, self, args, nargs, kwnames);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    emit_wake(now(), !ready ? RAISED : PyObject_Size(ready) == 0 ? TIMED_OUT : GOT, idle, 0);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
    return ready;
}

#define TOLD(i)                                                                                                            \
    static PyObject *select_##i(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {              \
        return select_told(natives[i], self, args, nargs, kwnames);                                                        \
    }
TOLD(0) TOLD(1) TOLD(2) TOLD(3) TOLD(4)
typedef PyObject *(*Function)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
static const Function functions[] = {select_0, select_1, select_2, select_3, select_4};
static const char *const classes[] = {"EpollSelector", "_PollLikeSelector", "SelectSelector", "KqueueSelector", "DevpollSelector"};

bool hook_selectors(PyObject *selectors) {
    bool done = true;
    for (int i = 0; done && i < 5; i++) {
        PyMethodDef def = {"select", (PyCFunction)(void (*)(void))functions[i], METH_FASTCALL | METH_KEYWORDS,
                           "($self, timeout=None)"};
        PyObject *cls = PyObject_GetAttrString(selectors, classes[i]);
        PyObject *dict = cls ? PyObject_GetAttrString(cls, "__dict__") : NULL;
        if (dict && PyMapping_HasKeyString(dict, "select")) done = method_replace(cls, &def, &natives[i]);
        Py_XDECREF(dict);
        Py_XDECREF(cls);
        PyErr_Clear();
    }
    return done;
}
