/* ThreadPoolExecutor and ProcessPoolExecutor: `new` when they are made, and what the next Future is of while submit runs
 * (future.c). Idle threads wait in the executor's own SimpleQueue, which speaks for the pool; worker processes: worker.c. */
#include "pipe.h"
#include "pool.h"

static PyObject *thread_init, *thread_submit, *process_init, *process_submit;

static PyObject *submit(PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Submission outer = submission;
    submission = (Submission){pool_of(self), self, nargs ? args[0] : NULL};
    PyObject *future = call(native, self, args, nargs, kwnames);
    submission = outer;
    return future;
}

static PyObject *submit_to_threads(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return submit(thread_submit, self, args, nargs, kwnames);
}

static PyObject *submit_to_processes(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return submit(process_submit, self, args, nargs, kwnames);
}

static PyObject *threads_made(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(thread_init, self, args, nargs, kwnames);
    if (!done || pool_of(self)) return done;
    Pool *pool = pool_made(self, number_of(self, "_max_workers"), NULL);
    PyObject *queue = pool ? PyObject_GetAttrString(self, "_work_queue") : NULL;
    if (queue) simple_queue_speak_for(queue, pool->subject);
    Py_XDECREF(queue);
    PyErr_Clear();
    return done;
}

static PyObject *processes_made(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    pipes_quiet = true;
    PyObject *done = call(process_init, self, args, nargs, kwnames);
    pipes_quiet = false;
    if (!done || pool_of(self)) return done;
    PyObject *calls = PyObject_GetAttrString(self, "_call_queue"), *pipe = calls ? PyObject_GetAttrString(calls, "_reader") : NULL;
    Pool *pool = pipe ? pool_made(self, number_of(self, "_max_workers"), pipe) : NULL;
    PyObject *feeder = pool ? PyObject_GetAttrString(calls, "_notempty") : NULL;
    if (pool) {
        pipe_speaks_for(calls, NULL, "_writer", pool->subject);
        pipe_speaks_for(self, "_result_queue", "_reader", pool->subject);
        pipe_speaks_for(self, "_executor_manager_thread_wakeup", "_reader", pool->subject);
        condition_waits_for(feeder, pool->subject, IL_WHY_QUEUE_GET);
    }
    Py_XDECREF(feeder);
    Py_XDECREF(pipe);
    Py_XDECREF(calls);
    PyErr_Clear();
    return done;
}

/* Signatures grow by version: the one whose last argument the native function has. */
static const char *signature_of(PyObject *cls, const char *argument, const char *with, const char *without) {
    PyObject *init = PyObject_GetAttrString(cls, "__init__"), *code = init ? PyObject_GetAttrString(init, "__code__") : NULL;
    PyObject *names = code ? PyObject_GetAttrString(code, "co_varnames") : NULL, *name = intern(argument);
    bool has = names && name && PySequence_Contains(names, name) == 1;
    Py_XDECREF(name);
    Py_XDECREF(names);
    Py_XDECREF(code);
    Py_XDECREF(init);
    PyErr_Clear();
    return has ? with : without;
}

enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
static const char submit_signature[] = "($self, fn, /, *args, **kwargs)";

bool hook_thread_executor(PyObject *module) {
    static const char with[] = "($self, max_workers=None, thread_name_prefix='', initializer=None, initargs=(), **ctxkwargs)";
    static const char without[] = "($self, max_workers=None, thread_name_prefix='', initializer=None, initargs=())";
    PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))threads_made, FLAGS, NULL};
    const PyMethodDef submits = {"submit", (PyCFunction)(void (*)(void))submit_to_threads, FLAGS, submit_signature};
    PyObject *cls = PyObject_GetAttrString(module, "ThreadPoolExecutor");
    if (cls) init.ml_doc = signature_of(cls, "ctxkwargs", with, without);
    bool done = cls && method_replace(cls, &init, &thread_init) && method_replace(cls, &submits, &thread_submit);
    Py_XDECREF(cls);
    return done;
}

bool worker_hook_executor(PyObject *module);

bool hook_process_executor(PyObject *module) {
    static const char with[] = "($self, max_workers=None, mp_context=None, initializer=None, initargs=(), *, "
                               "max_tasks_per_child=None)";
    static const char without[] = "($self, max_workers=None, mp_context=None, initializer=None, initargs=())";
    PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))processes_made, FLAGS, NULL};
    const PyMethodDef submits = {"submit", (PyCFunction)(void (*)(void))submit_to_processes, FLAGS, submit_signature};
    PyObject *cls = PyObject_GetAttrString(module, "ProcessPoolExecutor");
    if (cls) init.ml_doc = signature_of(cls, "max_tasks_per_child", with, without);
    bool done = cls && method_replace(cls, &init, &process_init) && method_replace(cls, &submits, &process_submit) &&
                worker_hook_executor(module);
    Py_XDECREF(cls);
    return done;
}
