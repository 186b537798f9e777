/* concurrent.futures.Future: what a job of an executor lives through is told where its future changes.
 *
 *   caller   submit ─→ Future() submit(pool 9, job 4)      result(): wait(future, pool 9) ┄┄┄┄┄┄┄┄┄┄┄┄┐ wake
 *   thread            set_running_or_notify_cancel: jobBegin ── the function ── set_result: jobEnd ──┘
 *   process pool      (the worker tells jobBegin and jobEnd)    its parent's set_result: result
 *
 * The future's condition carries pool and number. A future that no executor of ours made waits for object 0. */
#include "pool.h"
#include <stdlib.h>

static PyObject *native_init, *native_running, *native_result, *native_exception, *native_cancel, *native_install;
static PyObject *s_condition, *s_event, *s_cond;

static void tell_submit(Voice *v) {
    Pool *pool = submission.pool;
    v->number = pool->processes ? number_of(submission.executor, "_queue_count") : pool->jobs++;
    v->site = pool->processes ? 0 : job_site(submission.function);
    v->job = pool->processes ? JOB_OF_PROCESSES : JOB_OF_THREADS;
    submission = (Submission){0};
    Thread *t = thread_here();
    emit_of(t, actor_here(), now(), IL_EV_SUBMIT, 0, v->subject->serial, 1, site_here(), v->number);
}

static PyObject *future_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    PyObject *condition = done ? PyObject_GetAttr(self, s_condition) : NULL;
    Subject *pool = submission.pool ? submission.pool->subject : &pool_unknown;
    Voice *v = condition ? condition_waits_for(condition, pool, IL_WHY_FUTURE) : NULL;
    if (v && submission.pool) tell_submit(v);
    if (done && !condition) PyErr_Clear();
    Py_XDECREF(condition);
    return done;
}

static PyObject *future_running(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *runs = PyObject_CallFunctionObjArgs(native_running, self, NULL);
    Voice *v = runs == Py_True ? voice_of_attribute(self, s_condition) : NULL;
    if (v && v->job == JOB_OF_THREADS) {
        v->job = JOB_RUNNING;
        emit(now(), IL_EV_JOB_BEGIN, 0, v->subject->serial, 0, v->site, v->number);
    }
    return runs;
}

/* Before anyone who waits for it is let go. */
static void tell_over(PyObject *self, uint32_t outcome) {
    Voice *v = voice_of_attribute(self, s_condition);
    if (!v || v->job == JOB_UNKNOWN || v->job == JOB_OVER) return;
    uint32_t kind = v->job == JOB_RUNNING ? IL_EV_JOB_END : IL_EV_RESULT;
    v->job = JOB_OVER;
    emit(now(), kind, outcome, v->subject->serial, 0, 0, v->number);
}

static PyObject *future_set_result(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    tell_over(self, IL_OUTCOME_DONE);
    return call(native_result, self, args, nargs, kwnames);
}

static PyObject *future_set_exception(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    tell_over(self, IL_OUTCOME_RAISED);
    return call(native_exception, self, args, nargs, kwnames);
}

/* A job that was cancelled never begins; told afterwards, for only the library knows whether it still could be. */
static PyObject *future_cancel(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *cancelled = PyObject_CallFunctionObjArgs(native_cancel, self, NULL);
    if (cancelled == Py_True) tell_over(self, IL_OUTCOME_CANCELLED);
    return cancelled;
}

/* The pool that all those futures are of, else the unknown one. */
static Subject *pool_common(PyObject *futures) {
    PyObject *all = PyObject_GetIter(futures), *future;
    Subject *common = NULL;
    while (all && (future = PyIter_Next(all))) {
        Voice *v = voice_of_attribute(future, s_condition);
        Subject *s = v && v->subject ? v->subject : &pool_unknown;
        common = !common || common == s ? s : &pool_unknown;
        Py_DECREF(future);
    }
    Py_XDECREF(all);
    PyErr_Clear();
    return common ? common : &pool_unknown;
}

/* _create_and_install_waiters: what wait and as_completed block on */
static PyObject *install_waiters(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *waiter = call(native_install, NULL, args, nargs, kwnames);
    PyObject *event = waiter && nargs ? PyObject_GetAttr(waiter, s_event) : NULL;
    PyObject *condition = event ? PyObject_GetAttr(event, s_cond) : NULL;
    if (condition) condition_waits_for(condition, pool_common(args[0]), IL_WHY_FUTURE);
    if (waiter && !condition) PyErr_Clear();
    Py_XDECREF(condition);
    Py_XDECREF(event);
    return waiter;
}

/* A future that a hooked library's own executor has made is of that library's pool from here on. */
void future_is_of(PyObject *future, uint32_t pool) {
    static Subject **known; /* by nearness to the newest: there are few pools */
    static uint32_t n;
    Voice *v = voice_of_attribute(future, s_condition);
    if (!v || v->subject != &pool_unknown) return;
    Subject *s = NULL;
    for (uint32_t i = n; i-- > 0 && !s;)
        if (known[i]->serial == pool) s = known[i];
    if (!s) {
        Subject **more = realloc(known, (n + 1) * sizeof *more);
        if (!more) return;
        known = more;
        if (!(s = calloc(1, sizeof *s))) return;
        *s = (Subject){.refs = 1, .serial = pool, .kind = IL_OBJ_POOL};
        known[n++] = s;
    }
    subject_drop(v->subject);
    v->subject = subject_hold(s);
}

bool hook_futures(PyObject *base) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))future_init, FLAGS, "($self)"};
    static const PyMethodDef running = {"set_running_or_notify_cancel", future_running, METH_NOARGS, "($self)"};
    static const PyMethodDef result = {"set_result", (PyCFunction)(void (*)(void))future_set_result, FLAGS, "($self, result)"};
    static const PyMethodDef exception = {"set_exception", (PyCFunction)(void (*)(void))future_set_exception, FLAGS,
                                          "($self, exception)"};
    static const PyMethodDef cancel = {"cancel", future_cancel, METH_NOARGS, "($self)"};
    static const PyMethodDef install = {"_create_and_install_waiters", (PyCFunction)(void (*)(void))install_waiters, FLAGS, NULL};
    s_condition = intern("_condition"), s_event = intern("event"), s_cond = intern("_cond");
    PyObject *cls = PyObject_GetAttrString(base, "Future");
    bool done = cls && job_sites_start() && method_replace(cls, &init, &native_init) &&
                method_replace(cls, &running, &native_running) && method_replace(cls, &result, &native_result) &&
                method_replace(cls, &exception, &native_exception) && method_replace(cls, &cancel, &native_cancel);
    Py_XDECREF(cls);
    native_install = done ? PyObject_GetAttrString(base, "_create_and_install_waiters") : NULL;
    PyObject *ours = native_install ? function_named(&install, NULL, "concurrent.futures._base", native_install) : NULL;
    done = ours && PyObject_SetAttrString(base, "_create_and_install_waiters", ours) == 0;
    Py_XDECREF(ours);
    return done;
}
