/* signal.signal: whether the program has a handler of its own for a signal, through which the world outside may let any
 * waiting thread go on. In comes what is set, out goes one line, once a process; a forked child has its parent's handlers.
 * Not told: SIG_IGN, SIG_DFL and the interpreter's own, and how asyncio.run hears of Ctrl-C, which ends its main task. */
#include "core.h"
#include <signal.h>

static PyObject *native_signal, *by_default;

static bool is_asyncios(PyObject *number, PyObject *how) {
    if (!PyLong_Check(number) || PyLong_AsLong(number) != SIGINT || site_find(0).own) return false;
    PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(how), "__name__");
    bool yes = name && PyUnicode_CompareWithASCIIString(name, "partial") == 0;
    Py_XDECREF(name);
    PyErr_Clear();
    return yes;
}

static PyObject *signal_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    static bool told;
    (void)module;
    PyObject *before = call(native_signal, NULL, args, nargs, kwnames);
    PyObject *number = argument(args, nargs, kwnames, 0, "signalnum"), *how = argument(args, nargs, kwnames, 1, "handler");
    if (!before || told || !number || !how || !PyCallable_Check(how) || how == by_default || is_asyncios(number, how)) return before;
    told = true;
    Line l = line_of("handlesSignals");
    line_send(&l);
    return before;
}

bool hook_signal(PyObject *signal) {
    static const PyMethodDef def = {"signal", (PyCFunction)(void (*)(void))signal_told, METH_FASTCALL | METH_KEYWORDS, NULL};
    native_signal = PyObject_GetAttrString(signal, "signal"), by_default = PyObject_GetAttrString(signal, "default_int_handler");
    PyObject *inner = native_signal ? PyObject_GetAttrString(native_signal, "__wrapped__") : NULL; /* has the signature */
    PyErr_Clear();
    PyObject *ours = native_signal && by_default ? function_named(&def, NULL, "signal", inner ? inner : native_signal) : NULL;
    bool done = ours && PyObject_SetAttrString(signal, "signal", ours) == 0;
    Py_XDECREF(ours);
    Py_XDECREF(inner);
    return done;
}
