/* Task.cancel: one actor asks a task to end. In comes the call, out goes cancel, before what it sets off; not when the task
 * is over. Task.uncancel (3.11 and later): one such request is taken back, if there is one; out goes uncancel, of the task.
 * The C Task's type does not let its attributes be set, so the methods go into the dict behind it. */
#include "aio.h"

static PyObject *native_c, *native_python, *native_undo_c, *native_undo_python, *s_cancelling;

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

static bool is_asked_to_end(PyObject *task) {
    PyObject *requests = PyObject_CallMethodObjArgs(task, s_cancelling, NULL);
    bool asked = requests && PyObject_IsTrue(requests) == 1;
    Py_XDECREF(requests);
    PyErr_Clear();
    return asked;
}

static PyObject *uncancel(PyObject *native, PyObject *self) {
    Task *k = task_find(self);
    if (k && is_asked_to_end(self)) {
        uint32_t site = site_here();
        emit_of(thread_here(), k->serial, now(), IL_EV_UNCANCEL, 0, k->serial, 0, site, 0);
    }
    return call(native, self, NULL, 0, NULL);
}

static PyObject *uncancel_c(PyObject *self, PyObject *unused) { return (void)unused, uncancel(native_undo_c, self); }
static PyObject *uncancel_python(PyObject *self, PyObject *unused) { return (void)unused, uncancel(native_undo_python, self); }

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

static bool replace_in_c(PyObject *type, const PyMethodDef *def, PyObject **native) {
    PyObject *dict = dict_of(type);
    *native = dict ? PyObject_GetAttrString(type, def->ml_name) : NULL;
    PyMethodDef *like = *native ? methods_like(type, (PyMethodDef[]){*def, {0}}) : NULL;
    PyObject *method = like ? PyDescr_NewMethod((PyTypeObject *)type, like) : NULL;
    bool done = method && PyDict_SetItemString(dict, def->ml_name, method) == 0;
    if (done) PyType_Modified((PyTypeObject *)type);
    Py_XDECREF(method);
    Py_XDECREF(dict);
    return done;
}

bool cancel_install(PyObject *asyncio) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef in_c = {"cancel", (PyCFunction)(void (*)(void))cancel_c, FLAGS, NULL};
    static const PyMethodDef in_python = {"cancel", (PyCFunction)(void (*)(void))cancel_python, FLAGS, "($self, msg=None)"};
    static const PyMethodDef undo_c = {"uncancel", uncancel_c, METH_NOARGS, NULL};
    static const PyMethodDef undo_python = {"uncancel", uncancel_python, METH_NOARGS, "($self)"};
    s_cancelling = intern("cancelling");
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks"), *task = PyObject_GetAttrString(asyncio, "Task");
    PyObject *python = tasks ? PyObject_GetAttrString(tasks, "_PyTask") : NULL;
    bool written_in_c = task && task != python, can_undo = python && PyObject_HasAttr(python, s_cancelling);
    bool done = python && task && method_replace(python, &in_python, &native_python) &&
                (!written_in_c || replace_in_c(task, &in_c, &native_c)) &&
                (!can_undo || method_replace(python, &undo_python, &native_undo_python)) &&
                (!can_undo || !written_in_c || replace_in_c(task, &undo_c, &native_undo_c));
    Py_XDECREF(python);
    Py_XDECREF(task);
    Py_XDECREF(tasks);
    return done;
}
