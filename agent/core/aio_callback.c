/* Which task a callback belongs to, if it is a task's next step. In comes what a loop is to call, out goes the Task:
 *
 *   TaskStepMethWrapper   of the C Task: its first step, or one after it let others go first
 *   task_wakeup           of the C Task: what it waited for is there
 *   Task.__step, __wakeup of the Task written in Python, bound
 *
 * The first two are private to _asyncio: they are known by name when first seen, by address from then on. */
#include "aio.h"

static PyTypeObject *step_type, *other_type; /* other_type: looked at last, and it was not */
static PyCFunction wakeup, other_function;
static PyTypeObject *method_type;
static PyObject *python_step, *python_wakeup, *s_self, *s_func;

static bool is_named(PyObject *object, const char *name) {
    PyObject *said = PyObject_GetAttrString(object, "__name__");
    bool yes = said && PyUnicode_Check(said) && PyUnicode_CompareWithASCIIString(said, name) == 0;
    Py_XDECREF(said);
    PyErr_Clear();
    return yes;
}

/* Borrowed: the callback holds it. */
static PyObject *kept(PyObject *callback, PyObject *name) {
    PyObject *value = PyObject_GetAttr(callback, name);
    Py_XDECREF(value);
    if (!value) PyErr_Clear();
    return value;
}

static PyObject *task_of_method(PyObject *callback, bool *step) {
    PyObject *function = kept(callback, s_func);
    *step = function == python_step;
    return function && (*step || function == python_wakeup) ? kept(callback, s_self) : NULL;
}

PyObject *task_of_callback(PyObject *callback, bool *step) {
    PyTypeObject *type = Py_TYPE(callback);
    *step = type == step_type;
    if (*step) return kept(callback, s_self);
    if (PyCFunction_CheckExact(callback)) {
        PyCFunction f = PyCFunction_GetFunction(callback);
        if (likely(f == wakeup)) return PyCFunction_GetSelf(callback);
        if (wakeup || f == other_function) return NULL;
        other_function = f;
        return is_named(callback, "task_wakeup") ? wakeup = f, PyCFunction_GetSelf(callback) : NULL;
    }
    if (type == method_type) return task_of_method(callback, step);
    if (step_type || type == other_type) return NULL;
    other_type = type;
    if (!is_named((PyObject *)type, "TaskStepMethWrapper")) return NULL;
    step_type = type;
    *step = true;
    return kept(callback, s_self);
}

bool callback_install(PyObject *asyncio) {
    s_self = intern("__self__"), s_func = intern("__func__");
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks"), *task = tasks ? PyObject_GetAttrString(tasks, "_PyTask") : NULL;
    python_step = task ? PyObject_GetAttrString(task, "_Task__step") : NULL;
    python_wakeup = task ? PyObject_GetAttrString(task, "_Task__wakeup") : NULL;
    PyObject *types = PyImport_ImportModule("types");
    method_type = types ? (PyTypeObject *)PyObject_GetAttrString(types, "MethodType") : NULL;
    Py_XDECREF(types);
    Py_XDECREF(task);
    Py_XDECREF(tasks);
    return python_step && python_wakeup && method_type;
}
