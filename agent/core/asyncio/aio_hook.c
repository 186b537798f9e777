/* asyncio's hooks, put in when the program has imported it. Each is there whether or not the next one finds its place. */
#include "aio.h"
#include "coroutine.h"

static PyObject *native_wrap, *s_condition;

/* futures.wrap_future: the loop's side of a job that was given to a pool. Who waits for it waits for the pool. */
static PyObject *wrap_future(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *future = call(native_wrap, NULL, args, nargs, kwnames);
    PyObject *job = future ? argument(args, nargs, kwnames, 0, "future") : NULL;
    PyObject *condition = job && job != future ? PyObject_GetAttr(job, s_condition) : NULL;
    Voice *v = condition ? voice_of(condition) : NULL;
    if (v && v->subject && v->why == IL_WHY_FUTURE) voice_give(future, v->subject, IL_WHY_FUTURE);
    Py_XDECREF(condition);
    if (future) PyErr_Clear();
    return future;
}

static bool wrap_install(PyObject *asyncio) {
    static const PyMethodDef def = {"wrap_future", (PyCFunction)(void (*)(void))wrap_future, METH_FASTCALL | METH_KEYWORDS, NULL};
    s_condition = intern("_condition");
    PyObject *futures = PyObject_GetAttrString(asyncio, "futures");
    native_wrap = futures ? PyObject_GetAttrString(futures, "wrap_future") : NULL;
    PyObject *ours = native_wrap ? function_named(&def, NULL, "asyncio.futures", native_wrap) : NULL;
    bool done = ours && PyObject_SetAttrString(futures, "wrap_future", ours) == 0 &&
                PyObject_SetAttrString(asyncio, "wrap_future", ours) == 0;
    Py_XDECREF(ours);
    Py_XDECREF(futures);
    return done;
}

static bool hook_part(PyObject *asyncio, const char *module, bool (*hook)(PyObject *)) {
    PyObject *part = PyObject_GetAttrString(asyncio, module);
    bool done = part && hook(part);
    Py_XDECREF(part);
    return done;
}

bool hook_asyncio(PyObject *asyncio) {
    task_install(asyncio);
    bool readable = coroutine_learn();
    if (!readable)
        say_note("Why and where a task waits is not recorded: this version of Python keeps its coroutines elsewhere.");
    return callback_install(asyncio) && place_install(asyncio) && wait_install(asyncio) && loop_install(asyncio) && wrap_install(asyncio) &&
           cancel_install(asyncio) && eager_install(asyncio) && timeout_install(asyncio) &&
           complaint_install(asyncio) &&
           hook_part(asyncio, "queues", aio_queue_hook) && hook_part(asyncio, "locks", aio_signal_hook) &&
           (!readable || hook_part(asyncio, "locks", aio_lock_hook));
}
