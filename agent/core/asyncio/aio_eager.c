/* Eager tasks (3.12 and later): the factory runs a task's first step while it makes the task, and what is over by then is
 * never queued. In comes the factory's call, out goes a step within the step of the maker, who lets it go first:
 *
 *   maker   step ─── suspend(loop)                       step ───
 *   task             new … step ─── suspend(what it awaits) */
#include "aio.h"

static PyObject *native_create;

/* factory(loop, coro, *, name=None, context=None) */
static PyObject *factory(PyObject *native, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Task *k = nargs >= 2 && loop_steps(args[0]) ? task_made_eagerly(args[1]) : NULL;
    if (!k) return call(native, NULL, args, nargs, kwnames);
    Interrupted outer = loop_interrupt(k);
    PyObject *task = call(native, NULL, args, nargs, kwnames);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    loop_resume(outer, task);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
    return task;
}

static PyObject *told(PyObject *native) {
    static const PyMethodDef def = {"factory", (PyCFunction)(void (*)(void))factory, METH_FASTCALL | METH_KEYWORDS, NULL};
    return function_named(&def, native, "asyncio.tasks", native);
}

static PyObject *create(PyObject *module, PyObject *constructor) {
    (void)module;
    PyObject *native = PyObject_CallFunctionObjArgs(native_create, constructor, NULL);
    PyObject *ours = native ? told(native) : NULL;
    Py_XDECREF(native);
    return ours;
}

static bool put(PyObject *asyncio, PyObject *tasks, const char *name, PyObject *ours) {
    bool done = ours && PyObject_SetAttrString(tasks, name, ours) == 0 && PyObject_SetAttrString(asyncio, name, ours) == 0;
    Py_XDECREF(ours);
    return done;
}

bool eager_install(PyObject *asyncio) {
    static const PyMethodDef def = {"create_eager_task_factory", create, METH_O, NULL};
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks");
    native_create = tasks ? PyObject_GetAttrString(tasks, "create_eager_task_factory") : NULL;
    PyObject *native = native_create ? PyObject_GetAttrString(tasks, "eager_task_factory") : NULL;
    PyErr_Clear();
    bool done = !native || (put(asyncio, tasks, "eager_task_factory", told(native)) &&
                            put(asyncio, tasks, "create_eager_task_factory",
                                function_named(&def, NULL, "asyncio.tasks", native_create)));
    Py_XDECREF(native);
    Py_XDECREF(tasks);
    return done;
}
