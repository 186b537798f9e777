/* Task.cancel: one actor asks a task to end. In comes the call, out goes cancel, before what it sets off; not when the task
 * is over. The C Task's type does not let its attributes be set, so the method goes into the dict behind it. */
#include "aio.h"

static PyObject *native_c, *native_python;

static PyObject *cancel(PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Task *k = task_find(self);
    if (k) {
        uint32_t site = site_here();
        emit_of(thread_here(), actor_here(), now(), IL_EV_CANCEL, 0, k->serial, 0, site, 0);
    }
    return call(native, self, args, nargs, kwnames);
}

static PyObject *cancel_c(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return cancel(native_c, self, args, nargs, kwnames);
}

static PyObject *cancel_python(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return cancel(native_python, self, args, nargs, kwnames);
}

/* The dict of a type, new; what its read-only view leads to. */
static PyObject *dict_of(PyObject *type) {
    PyObject *view = PyObject_GetAttrString(type, "__dict__"), *gc = PyImport_ImportModule("gc");
    PyObject *behind = view && gc ? PyObject_CallMethod(gc, "get_referents", "O", view) : NULL;
    PyObject *dict = behind ? PySequence_GetItem(behind, 0) : NULL;
    if (dict && !PyDict_CheckExact(dict)) Py_CLEAR(dict);
    Py_XDECREF(behind);
    Py_XDECREF(gc);
    Py_XDECREF(view);
    return dict;
}

static bool replace_in_c(PyObject *type) {
    static PyMethodDef def = {"cancel", (PyCFunction)(void (*)(void))cancel_c, METH_FASTCALL | METH_KEYWORDS, NULL};
    PyObject *dict = dict_of(type);
    native_c = dict ? PyObject_GetAttrString(type, "cancel") : NULL;
    PyMethodDef *like = native_c ? methods_like(type, (PyMethodDef[]){def, {0}}) : NULL;
    PyObject *method = like ? PyDescr_NewMethod((PyTypeObject *)type, like) : NULL;
    bool done = method && PyDict_SetItemString(dict, "cancel", method) == 0;
    if (done) PyType_Modified((PyTypeObject *)type);
    Py_XDECREF(method);
    Py_XDECREF(dict);
    return done;
}

bool cancel_install(PyObject *asyncio) {
    static const PyMethodDef def = {"cancel", (PyCFunction)(void (*)(void))cancel_python, METH_FASTCALL | METH_KEYWORDS,
                                    "($self, msg=None)"};
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks"), *task = PyObject_GetAttrString(asyncio, "Task");
    PyObject *python = tasks ? PyObject_GetAttrString(tasks, "_PyTask") : NULL;
    bool done = python && task && method_replace(python, &def, &native_python) && (task == python || replace_in_c(task));
    Py_XDECREF(python);
    Py_XDECREF(task);
    Py_XDECREF(tasks);
    return done;
}
