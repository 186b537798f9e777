/* threading._shutdown: the program is over, and the main thread waits for those threads that are no daemons. In comes the
 * interpreter's call, out go wait and wake for nobody in particular (object 0), when there is such a thread. */
#include "core.h"

static PyObject *native_shutdown, *enumerate;

static bool keeps_alive(PyObject *thread, PyObject *ours) {
    PyObject *daemon = thread == ours ? NULL : PyObject_GetAttrString(thread, "daemon");
    Py_XDECREF(daemon);
    PyErr_Clear();
    return daemon == Py_False;
}

static bool others_live(PyObject *threading) {
    PyObject *ours = PyObject_CallMethod(threading, "main_thread", NULL), *all = PyObject_CallNoArgs(enumerate);
    bool found = false;
    for (Py_ssize_t i = 0; ours && all && PyList_Check(all) && !found && i < PyList_Size(all); i++)
        found = keeps_alive(PyList_GetItem(all, i), ours);
    Py_XDECREF(all);
    Py_XDECREF(ours);
    PyErr_Clear();
    return found;
}

static PyObject *shutdown_told(PyObject *threading, PyObject *unused) {
    (void)unused;
    if (!others_live(threading)) return PyObject_CallNoArgs(native_shutdown);
    emit_wait(now(), IL_WHY_JOIN, 0, 0);
    PyObject *done = PyObject_CallNoArgs(native_shutdown), *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    emit_wake(now(), done ? GOT : RAISED, 0, 0);
    PyErr_Restore(type, value, trace);
    return done;
}

bool shutdown_hook(PyObject *threading) {
    static const PyMethodDef def = {"_shutdown", shutdown_told, METH_NOARGS, NULL};
    native_shutdown = PyObject_GetAttrString(threading, "_shutdown"), enumerate = PyObject_GetAttrString(threading, "enumerate");
    PyObject *ours = native_shutdown && enumerate ? function_named(&def, threading, "threading", native_shutdown) : NULL;
    bool done = ours && PyObject_SetAttrString(threading, "_shutdown", ours) == 0;
    Py_XDECREF(ours);
    return done;
}
