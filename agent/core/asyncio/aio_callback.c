/* Which task a handle's callback belongs to, if it is a task's next step. In comes what a loop is to call, out goes the Task:
 *
 *   TaskStepMethWrapper   of the C Task: its first step, or one after it let others go first
 *   task_wakeup           of the C Task: what it waited for is there
 *   Task.__step, __wakeup of the Task written in Python, bound
 *
 * The first two are private to _asyncio: they are known by name when first seen, by address from then on. Where a Handle
 * and a step keep what is asked of them is learned then too: every step of every task comes through here. */
#include "aio.h"
#include "frames.h"

static PyTypeObject *step_type, *other_type; /* other_type: looked at last, and it was not */
static PyCFunction wakeup, other_function;
static PyTypeObject *method_type;
static PyObject *handle_type, *timer_type, *python_step, *python_wakeup, *s_self, *s_func, *s_callback;
static Py_ssize_t handle_callback, step_self; /* offsets; 0: not learned, -1: not to be learned */

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

/* Where in an object of `size` bytes that pointer lies, if in one place only; -1: it cannot be said. */
static Py_ssize_t offset_of(PyObject *object, Py_ssize_t size, PyObject *pointer) {
    Py_ssize_t found = -1;
    for (Py_ssize_t at = sizeof(PyObject); at + (Py_ssize_t)sizeof pointer <= size; at += sizeof pointer) {
        if (AT(PyObject *, (const char *)object, at) != pointer) continue;
        if (found >= 0) return -1;
        found = at;
    }
    return found;
}

Py_ssize_t learn_offset(PyObject *object, PyObject *pointer) {
    PyObject *size = PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__basicsize__");
    Py_ssize_t bytes = size ? PyLong_AsSsize_t(size) : 0;
    Py_XDECREF(size);
    PyErr_Clear();
    return offset_of(object, bytes, pointer);
}

/* Of asyncio's Handle and TimerHandle, which keeps it in the same place: a slot of a class never moves. */
PyObject *callback_of(PyObject *handle) {
    bool plain = (PyObject *)Py_TYPE(handle) == handle_type;
    if (likely(handle_callback > 0 && (plain || (PyObject *)Py_TYPE(handle) == timer_type)))
        return AT(PyObject *, (const char *)handle, handle_callback);
    PyObject *callback = kept(handle, s_callback);
    if (callback && plain && handle_callback == 0) handle_callback = learn_offset(handle, callback);
    return callback;
}

static PyObject *task_of_step(PyObject *step) {
    if (likely(step_self > 0)) return AT(PyObject *, (const char *)step, step_self);
    PyObject *task = kept(step, s_self);
    if (task && step_self == 0) step_self = learn_offset(step, task);
    return task;
}

static PyObject *task_of_method(PyObject *callback, bool *step) {
    PyObject *function = kept(callback, s_func);
    *step = function == python_step;
    return function && (*step || function == python_wakeup) ? kept(callback, s_self) : NULL;
}

PyObject *task_of_callback(PyObject *callback, bool *step) {
    PyTypeObject *type = Py_TYPE(callback);
    *step = type == step_type;
    if (likely(*step)) return task_of_step(callback);
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
    return task_of_step(callback);
}

PyObject *task_of_handle(PyObject *handle, bool *step) {
    PyObject *callback = callback_of(handle);
    return callback ? task_of_callback(callback, step) : NULL;
}

bool callback_install(PyObject *asyncio) {
    s_self = intern("__self__"), s_func = intern("__func__"), s_callback = intern("_callback");
    handle_type = PyObject_GetAttrString(asyncio, "Handle"), timer_type = PyObject_GetAttrString(asyncio, "TimerHandle");
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks"), *task = tasks ? PyObject_GetAttrString(tasks, "_PyTask") : NULL;
    python_step = task ? PyObject_GetAttrString(task, "_Task__step") : NULL;
    python_wakeup = task ? PyObject_GetAttrString(task, "_Task__wakeup") : NULL;
    PyObject *types = PyImport_ImportModule("types");
    method_type = types ? (PyTypeObject *)PyObject_GetAttrString(types, "MethodType") : NULL;
    Py_XDECREF(types);
    Py_XDECREF(task);
    Py_XDECREF(tasks);
    return handle_type && timer_type && python_step && python_wakeup && method_type;
}
