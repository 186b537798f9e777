/* The workers' loops, multiprocessing.pool.worker and concurrent.futures.process._process_worker, stay as the library wrote
 * them; they are given stand-ins for their two queues, through which every job comes and every result goes.
 *
 *   get ─→ wait(queueGet, pool) ┄┄ wake, jobBegin(number, part) ── the function ── put ─→ jobEnd, then the real put
 *
 * A stand-in has all that the queue has, lives as long as the loop, and is seen by the loop alone. (Rejected: our own loop
 * in C. The library's line would be missing in the traceback of each job that raises.) */
#include "pool.h"
#include <string.h>

struct Worker;
typedef struct {
    PyObject *(*begin)(struct Worker *w, PyObject *task); /* a new task: borrowed, its function; NULL: it is none */
    int (*outcome)(PyObject *result);                     /* of what is put; -1: it is no result */
} Protocol;

typedef struct Worker {
    PyObject_HEAD
    PyObject *queue, *method; /* the real one, and its get or put */
    struct Worker *jobs;      /* of the results' end: the end where jobs come, which knows what runs; else NULL */
    const Protocol *protocol;
    Subject *pool;
    bool processes, running;
    uint32_t number, part;
} Worker;

static PyTypeObject *jobs_type, *results_type;
static PyObject *s_work_id, *s_fn, *s_exception, *s_get, *s_put;

/* ── what the two libraries send ────────────────────────────────────────────────────────────────────────────────── */
static PyObject *mapstar, *starmapstar, *process_chunk;

bool job_wrapper(PyObject *function) { return function && function == process_chunk; }

static uint32_t number_in(PyObject *value) {
    unsigned long long n = value && PyLong_Check(value) ? PyLong_AsUnsignedLongLong(value) : 0;
    if (PyErr_Occurred()) PyErr_Clear();
    return (uint32_t)n;
}

/* (job, part, function, args, kwds); of a map the function is in the first argument: (function, batch) */
static PyObject *pool_begin(Worker *w, PyObject *task) {
    if (!PyTuple_Check(task) || PyTuple_Size(task) != 5) return NULL;
    w->number = number_in(PyTuple_GetItem(task, 0)), w->part = number_in(PyTuple_GetItem(task, 1));
    PyObject *function = PyTuple_GetItem(task, 2), *args = PyTuple_GetItem(task, 3);
    if (function != mapstar && function != starmapstar) return function;
    PyObject *batch = PyTuple_Check(args) && PyTuple_Size(args) == 1 ? PyTuple_GetItem(args, 0) : NULL;
    return batch && PyTuple_Check(batch) && PyTuple_Size(batch) ? PyTuple_GetItem(batch, 0) : function;
}

/* (job, part, (succeeded, value)) */
static int pool_outcome(PyObject *result) {
    PyObject *pair = PyTuple_Check(result) && PyTuple_Size(result) == 3 ? PyTuple_GetItem(result, 2) : NULL;
    if (!pair || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return -1;
    return PyTuple_GetItem(pair, 0) == Py_True ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED;
}

static PyObject *executor_begin(Worker *w, PyObject *task) {
    PyObject *number = PyObject_GetAttr(task, s_work_id), *function = number ? PyObject_GetAttr(task, s_fn) : NULL;
    w->number = number_in(number), w->part = 0;
    Py_XDECREF(number);
    Py_XDECREF(function); /* the task keeps it */
    PyErr_Clear();
    return function;
}

static int executor_outcome(PyObject *result) {
    PyObject *exception = PyObject_GetAttr(result, s_exception);
    if (!exception) return PyErr_Clear(), -1; /* a process id: the worker leaves */
    Py_DECREF(exception);
    return exception == Py_None ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED;
}

static const Protocol pool_protocol = {pool_begin, pool_outcome}, executor_protocol = {executor_begin, executor_outcome};

/* ── the stand-ins ──────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *worker_get(Worker *w, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Thread *t = thread_here();
    if (w->processes) emit(now(), IL_EV_WAIT, IL_WHY_QUEUE_GET, w->pool->serial, 0, 0, 0); /* no line of the program waits */
    t->inside += w->processes;
    PyObject *task = call(w->method, NULL, args, nargs, kwnames);
    t->inside -= w->processes;
    if (w->processes) emit(now(), IL_EV_WAKE, outcome_flag(task ? GOT : RAISED), w->pool->serial, 0, 0, 0);
    PyObject *function = task && task != Py_None ? w->protocol->begin(w, task) : NULL;
    if (!function) return task;
    w->running = true;
    emit(now(), IL_EV_JOB_BEGIN, 0, w->pool->serial, w->part, job_site(function), w->number);
    return task;
}

static void tell_end(Worker *w, uint32_t outcome) {
    w->running = false;
    emit(now(), IL_EV_JOB_END, outcome, w->pool->serial, w->part, 0, w->number);
}

/* A result that cannot be pickled is put a second time, as an exception: the function was over before. */
static PyObject *worker_put(Worker *self, PyObject *result) {
    Worker *w = self->jobs;
    int outcome = w->running ? w->protocol->outcome(result) : -1;
    if (outcome >= 0) tell_end(w, (uint32_t)outcome);
    return call(self->method, NULL, &result, 1, NULL);
}

static PyObject *worker_attribute(Worker *w, PyObject *name) {
    PyObject *ours = PyObject_GenericGetAttr((PyObject *)w, name);
    if (ours || !PyErr_ExceptionMatches(PyExc_AttributeError)) return ours;
    PyErr_Clear();
    return PyObject_GetAttr(w->queue, name);
}

static void worker_dealloc(Worker *w) {
    PyTypeObject *type = Py_TYPE(w);
    Py_XDECREF(w->queue);
    Py_XDECREF(w->method);
    Py_XDECREF(w->jobs);
    subject_drop(w->pool);
    PyObject_Free(w);
    Py_DECREF(type);
}

static Worker *stand_in(PyTypeObject *type, PyObject *queue, PyObject *method) {
    Worker *w = PyObject_New(Worker, type);
    if (!w) return NULL;
    memset((char *)w + sizeof(PyObject), 0, sizeof *w - sizeof(PyObject));
    w->queue = Py_NewRef(queue);
    if ((w->method = PyObject_GetAttr(queue, method))) return w;
    Py_DECREF(w);
    return NULL;
}

/* The pool that the queue of jobs belongs to, a new reference: of threads the queue itself knows, of processes its pipe. */
static Subject *pool_behind(PyObject *queue, bool *processes) {
    Subject *s = simple_queue_subject(queue);
    if (s) return s->kind == IL_OBJ_POOL ? subject_hold(s) : NULL;
    PyObject *pipe = PyObject_GetAttrString(queue, "_reader");
    s = pipe ? pool_at(pipe) : NULL;
    Py_XDECREF(pipe);
    PyErr_Clear();
    *processes = true;
    return s;
}

/* worker(queue of jobs, queue of results, …) */
static PyObject *loop(PyObject *native, const Protocol *protocol, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    bool processes = false;
    Subject *pool = nargs >= 2 && nargs <= 8 && !kwnames ? pool_behind(args[0], &processes) : NULL;
    Worker *jobs = pool ? stand_in(jobs_type, args[0], s_get) : NULL;
    Worker *results = jobs ? stand_in(results_type, args[1], s_put) : NULL;
    PyObject *answer = NULL;
    if (!results) {
        PyErr_Clear();
        subject_drop(pool);
        answer = call(native, NULL, args, nargs, kwnames);
    } else {
        if (processes) pipe_speaks_for(args[0], NULL, "_reader", pool), pipe_speaks_for(args[1], NULL, "_writer", pool);
        jobs->pool = pool, jobs->protocol = protocol, jobs->processes = processes;
        results->jobs = (Worker *)Py_NewRef((PyObject *)jobs);
        PyObject *changed[8] = {(PyObject *)jobs, (PyObject *)results};
        for (Py_ssize_t i = 2; i < nargs; i++) changed[i] = args[i];
        answer = call(native, NULL, changed, nargs, NULL);
        if (jobs->running) tell_end(jobs, IL_OUTCOME_RAISED); /* SystemExit and its like leave the loop */
    }
    Py_XDECREF(results);
    Py_XDECREF(jobs);
    return answer;
}

static PyObject *native_pool_worker, *native_process_worker;

static PyObject *pool_worker(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, loop(native_pool_worker, &pool_protocol, args, nargs, kwnames);
}

static PyObject *process_worker(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, loop(native_process_worker, &executor_protocol, args, nargs, kwnames);
}

static bool types_start(void) {
    if (results_type) return true;
    static PyMethodDef get[] = {{"get", (PyCFunction)(void (*)(void))worker_get, METH_FASTCALL | METH_KEYWORDS, NULL}, {0}};
    static PyMethodDef put[] = {{"put", (PyCFunction)worker_put, METH_O, NULL}, {0}};
    PyType_Slot jobs[] = {{Py_tp_methods, get}, {Py_tp_getattro, worker_attribute}, {Py_tp_dealloc, worker_dealloc}, {0}};
    PyType_Slot results[] = {{Py_tp_methods, put}, {Py_tp_getattro, worker_attribute}, {Py_tp_dealloc, worker_dealloc}, {0}};
    enum { FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION };
    PyType_Spec jobs_spec = {"interleave_core.jobs", sizeof(Worker), 0, FLAGS, jobs};
    PyType_Spec results_spec = {"interleave_core.results", sizeof(Worker), 0, FLAGS, results};
    s_work_id = intern("work_id"), s_fn = intern("fn"), s_exception = intern("exception"), s_get = intern("get"), s_put = intern("put");
    jobs_type = (PyTypeObject *)PyType_FromSpec(&jobs_spec);
    results_type = (PyTypeObject *)PyType_FromSpec(&results_spec);
    return jobs_type && results_type && job_sites_start();
}

/* By its own name and module: spawn pickles it so. */
static bool replace(PyObject *module, const char *home, const PyMethodDef *def, PyObject **native) {
    *native = PyObject_GetAttrString(module, def->ml_name);
    PyObject *ours = *native && types_start() ? function_named(def, NULL, home, *native) : NULL;
    bool done = ours && PyObject_SetAttrString(module, def->ml_name, ours) == 0;
    Py_XDECREF(ours);
    return done;
}

enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };

bool worker_hook_pool(PyObject *module) {
    static const PyMethodDef def = {"worker", (PyCFunction)(void (*)(void))pool_worker, FLAGS, NULL};
    mapstar = PyObject_GetAttrString(module, "mapstar"), starmapstar = PyObject_GetAttrString(module, "starmapstar");
    return mapstar && starmapstar && replace(module, "multiprocessing.pool", &def, &native_pool_worker);
}

bool worker_hook_executor(PyObject *module) {
    static const PyMethodDef def = {"_process_worker", (PyCFunction)(void (*)(void))process_worker, FLAGS, NULL};
    process_chunk = PyObject_GetAttrString(module, "_process_chunk");
    return process_chunk && replace(module, "concurrent.futures.process", &def, &native_process_worker);
}
