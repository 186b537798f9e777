/* multiprocessing.pool.Pool and ThreadPool. A pool is told when it fills itself with workers, before the first is forked; a
 * job when its result object is made, before it can be taken; a result when the result handler sets it. Each result object
 * waits by an Event or Condition of its own, which carries pool and job. What the workers do: worker.c. Of threads the end
 * of a part is its result.
 *
 *   caller          apply_async ─→ ApplyResult() submit(pool 9, job 4, 1 part)       get(): wait(future, pool 9) ┄┄┄┐
 *   result handler                                                   _set: result(pool 9, job 4, part 0) ───────────┘ wake */
#include "pipe.h"
#include "pool.h"

static PyObject *map_result;
static PyObject *s_event, *s_cond;

/* ── the pool ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *native_init, *native_populate;

static PyObject *pool_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    pipes_quiet = true;
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    pipes_quiet = false;
    return done;
}

static void queue_speaks(PyObject *owner, const char *name, Subject *pool) {
    PyObject *queue = PyObject_GetAttrString(owner, name);
    if (queue) simple_queue_speak_for(queue, pool);
    Py_XDECREF(queue);
    PyErr_Clear();
}

static PyObject *populate(PyObject *self, PyObject *unused) {
    (void)unused;
    pipes_quiet = false; /* its queues are made; from here on it forks */
    PyObject *jobs = pool_of(self) ? NULL : PyObject_GetAttrString(self, "_inqueue");
    if (jobs) {
        PyObject *pipe = PyObject_GetAttrString(jobs, "_reader");
        PyErr_Clear();
        Pool *pool = pool_made(self, number_of(self, "_processes"), pipe);
        static const char *const queues[] = {"_inqueue", "_outqueue", "_taskqueue"};
        for (int i = 0; pool && i < 3; i++) queue_speaks(self, queues[i], pool->subject);
        static const char *const piped[] = {"_inqueue", "_outqueue", "_change_notifier"};
        for (int i = 0; pool && i < 3; i++) pipe_speaks_for(self, piped[i], "_reader", pool->subject);
        Py_XDECREF(pipe);
        Py_DECREF(jobs);
    }
    PyErr_Clear();
    return PyObject_CallFunctionObjArgs(native_populate, self, NULL);
}

/* ── results: a job is submitted ────────────────────────────────────────────────────────────────────────────────── */
static PyObject *native_apply_init, *native_map_init, *native_imap_init;

static Voice *voice_of_event(PyObject *self) {
    PyObject *event = PyObject_GetAttr(self, s_event);
    Voice *v = event ? voice_of_attribute(event, s_cond) : NULL;
    if (!event) PyErr_Clear();
    Py_XDECREF(event); /* the result keeps it */
    return v;
}

/* parts 0: not known beforehand */
static void tell_submit(const Voice *v, uint32_t parts) {
    Thread *t = thread_here();
    emit_of(t, actor_here(), now(), IL_EV_SUBMIT, 0, v->subject->serial, parts, site_here(), v->number);
}

/* The condition in `holder` is of the job that `self` is the result of. */
static Voice *speaks_for_job(PyObject *self, PyObject *holder, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *owner = argument(args, nargs, kwnames, 0, "pool");
    Pool *pool = owner ? pool_of(owner) : NULL;
    PyObject *condition = PyObject_GetAttr(holder, s_cond);
    Voice *v = condition ? condition_waits_for(condition, pool ? pool->subject : &pool_unknown, IL_WHY_FUTURE) : NULL;
    Py_XDECREF(condition);
    if (v && pool) v->number = number_of(self, "_job"), v->job = pool->processes ? JOB_OF_PROCESSES : JOB_OF_THREADS;
    PyErr_Clear();
    return v && pool ? v : NULL;
}

static PyObject *apply_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_apply_init, self, args, nargs, kwnames);
    PyObject *event = done ? PyObject_GetAttr(self, s_event) : NULL;
    Voice *v = event ? speaks_for_job(self, event, args, nargs, kwnames) : NULL;
    if (done && !event) PyErr_Clear();
    Py_XDECREF(event);
    if (v && PyObject_IsInstance(self, map_result) == 0) tell_submit(v, 1);
    return done;
}

/* An empty map has nothing to run: it is no job. */
static PyObject *map_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_map_init, self, args, nargs, kwnames);
    Voice *v = done ? voice_of_event(self) : NULL;
    uint32_t parts = v && v->job ? number_of(self, "_number_left") : 0;
    if (parts) tell_submit(v, parts);
    return done;
}

static PyObject *imap_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_imap_init, self, args, nargs, kwnames);
    Voice *v = done ? speaks_for_job(self, self, args, nargs, kwnames) : NULL;
    if (v) tell_submit(v, 0);
    return done;
}

/* ── results: one part is there ─────────────────────────────────────────────────────────────────────────────────── */
static PyObject *native_apply_set, *native_map_set, *native_imap_set, *native_unordered_set;

/* _set(part, (succeeded, value)) */
static PyObject *set(PyObject *native, PyObject *self, const Voice *v, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *pair = nargs == 2 ? args[1] : NULL;
    if (v && v->job == JOB_OF_PROCESSES && pair && PyLong_Check(args[0]) && PyTuple_Check(pair) && PyTuple_Size(pair) == 2) {
        uint32_t part = (uint32_t)PyLong_AsUnsignedLongMask(args[0]);
        uint32_t outcome = PyTuple_GetItem(pair, 0) == Py_True ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED;
        emit(now(), IL_EV_RESULT, outcome, v->subject->serial, part, 0, v->number);
    }
    return call(native, self, args, nargs, kwnames);
}

static PyObject *apply_set(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return set(native_apply_set, self, voice_of_event(self), args, nargs, kwnames);
}
static PyObject *map_set(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return set(native_map_set, self, voice_of_event(self), args, nargs, kwnames);
}
static PyObject *imap_set(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return set(native_imap_set, self, voice_of_attribute(self, s_cond), args, nargs, kwnames);
}
static PyObject *unordered_set(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return set(native_unordered_set, self, voice_of_attribute(self, s_cond), args, nargs, kwnames);
}

/* ── in place of ────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef PyObject *(*Method)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);

static bool hook_class(PyObject *module, const char *name, Method init, const char *signature, PyObject **native_init,
                       Method set, const char *value, PyObject **native_set) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    const PyMethodDef init_def = {"__init__", (PyCFunction)(void (*)(void))init, FLAGS, signature};
    const PyMethodDef set_def = {"_set", (PyCFunction)(void (*)(void))set, FLAGS, value};
    PyObject *cls = PyObject_GetAttrString(module, name);
    bool done = cls && (!init || method_replace(cls, &init_def, native_init)) && method_replace(cls, &set_def, native_set);
    Py_XDECREF(cls);
    return done;
}

bool worker_hook_pool(PyObject *module);

bool hook_pool(PyObject *module) {
    static const PyMethodDef init_def = {"__init__", (PyCFunction)(void (*)(void))pool_init, METH_FASTCALL | METH_KEYWORDS,
                                         "($self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, "
                                         "context=None)"};
    static const PyMethodDef populate_def = {"_repopulate_pool", populate, METH_NOARGS, "($self)"};
    s_event = intern("_event"), s_cond = intern("_cond");
    map_result = PyObject_GetAttrString(module, "MapResult");
    PyObject *pool = PyObject_GetAttrString(module, "Pool");
    bool done = map_result && pool && method_replace(pool, &init_def, &native_init) && method_replace(pool, &populate_def, &native_populate) && worker_hook_pool(module);
    Py_XDECREF(pool);
    return done &&
           hook_class(module, "ApplyResult", apply_init, "($self, pool, callback, error_callback)", &native_apply_init,
                      apply_set, "($self, i, obj)", &native_apply_set) &&
           hook_class(module, "MapResult", map_init, "($self, pool, chunksize, length, callback, error_callback)",
                      &native_map_init, map_set, "($self, i, success_result)", &native_map_set) &&
           hook_class(module, "IMapIterator", imap_init, "($self, pool)", &native_imap_init, imap_set, "($self, i, obj)",
                      &native_imap_set) &&
           hook_class(module, "IMapUnorderedIterator", NULL, NULL, NULL, unordered_set, "($self, i, obj)",
                      &native_unordered_set);
}
