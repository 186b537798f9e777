/* Tasks: an actor each, with a serial of its own. In comes the Task object when its first step is queued, which its own
 * __init__ does; out go its events. It is over when a step leaves it done, or when it is destroyed while it waits.
 *
 *   maker   new(task), threadStart ┐
 *   task                           └ threadBegin, ready … step, suspend … step, suspend, threadEnd(how) */
#include "aio.h"
#include <stdlib.h>
#include <string.h>

static PyObject *shutdowns[4]; /* code of the coroutines that asyncio.run makes tasks of for itself */
PyObject *c_task;
static PyObject *s_coro, *s_done, *s_cancelled, *s_exception, *s_get_name;

static PyObject *attribute(PyObject *object, PyObject *name) {
    PyObject *value = PyObject_GetAttr(object, name);
    if (!value) PyErr_Clear();
    return value;
}

static void task_gone(Known *known);
static void tell_end(Task *k, uint32_t outcome);

void task_drop(Task *k) {
    if (--k->refs) return;
    Py_XDECREF(k->name);
    free(k);
}

Task *task_find(PyObject *task) {
    Known *k = known_find(task);
    return k && k->gone == task_gone ? (Task *)k : NULL;
}

static bool is_shutdown(PyObject *code) {
    for (int i = 0; code && i < 4; i++)
        if (code == shutdowns[i]) return true;
    return false;
}

/* The function that a coroutine runs: where it begins, and whether the library made the coroutine for itself. */
static uint32_t site_of(PyObject *coroutine, bool *internal) {
    static const char *const codes[] = {"cr_code", "gi_code", "ag_code"};
    PyObject *code = NULL;
    for (int i = 0; coroutine && !code && i < 3; i++) {
        code = PyObject_GetAttrString(coroutine, codes[i]);
        PyErr_Clear();
    }
    uint32_t site = code ? site_of_coroutine(coroutine, code, internal) : 0;
    *internal |= is_shutdown(code);
    Py_XDECREF(code);
    return site;
}

/* by_us: the running actor makes it at this moment. Else it ran before it was first queued, or before the hooks: nobody
 * knows who made it. */
static Task *task_new(PyObject *coroutine, bool by_us) {
    Task *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    bool internal = false;
    Site made = by_us ? site_find(ANY_CALLS) : (Site){0};
    *k = (Task){.refs = 1, .serial = next_serial(), .site = site_of(coroutine, &internal)};
    made.internal |= internal;
    Thread *t = thread_here();
    uint32_t maker = actor_here();
    uint64_t time = now();
    emit_of(t, maker, time, IL_EV_NEW, IL_OBJ_TASK | internal_flag(made), k->serial, ++k->seq, made.id, k->site);
    if (by_us) emit_of(t, maker, time, IL_EV_THREAD_START, 0, k->serial, ++k->seq, made.id, 0);
    emit_of(t, k->serial, time, IL_EV_THREAD_BEGIN, 0, k->serial, ++k->seq, 0, 0);
    return k;
}

static Task *task_made(PyObject *task, bool by_us) {
    PyObject *coroutine = attribute(task, s_coro);
    Task *k = task_new(coroutine, by_us);
    if (k && c_task && PyObject_IsInstance(task, c_task) == 1) k->coroutine = coroutine;
    Py_XDECREF(coroutine);
    if (k && !known_add(&k->known, task, task_gone)) return task_drop(k), NULL;
    return k;
}

Task *task_made_eagerly(PyObject *coroutine) {
    Task *k = task_new(coroutine, true);
    if (k) k->coroutine = coroutine;
    return k;
}

bool task_is(Task *k, PyObject *task) {
    if (k->known.object) return k->known.object == task;
    return !known_find(task) && known_add(&k->known, task, task_gone);
}

bool task_adopts(Task *k, PyObject *task) {
    if (k->known.object) return k->known.object == task;
    PyObject *coroutine = k->coroutine ? attribute(task, s_coro) : NULL;
    Py_XDECREF(coroutine);
    return coroutine && coroutine == k->coroutine && task_is(k, task);
}

void task_stillborn(Task *k) {
    if (k->known.object) known_forget(&k->known);
    tell_end(k, IL_OUTCOME_RAISED);
}

Task *task_ready(PyObject *task, bool step, uint32_t cause, uint32_t overdue) {
    Task *k = task_find(task);
    if (unlikely(!k)) k = task_made(task, step);
    if (k) emit_of(thread_here(), k->serial, now(), IL_EV_READY, 0, cause, 0, 0, overdue);
    return k;
}

/* "Task-7" is what asyncio calls a task that was not given a name. */
static bool is_default(PyObject *name) {
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    if (!text) return PyErr_Clear(), false;
    return strncmp(text, "Task-", 5) == 0 && text[5] && strspn(text + 5, "0123456789") == strlen(text + 5);
}

static void say_name(Task *k) {
    PyObject *name = PyObject_CallMethodObjArgs(k->known.object, s_get_name, NULL);
    if (name && PyUnicode_Check(name) && name != k->name && !is_default(name) &&
        (!k->name || PyUnicode_Compare(name, k->name) != 0)) {
        Line l = line_of("name");
        line_number(&l, "object", k->serial);
        line_text(&l, "name", name);
        line_send(&l);
        Py_INCREF(name);
        Py_XDECREF(k->name);
        k->name = name;
    }
    PyErr_Clear();
    Py_XDECREF(name);
}

/* A name given by create_task comes after __init__ in some versions: told when the task begins, and again at its end. */
void task_begins(Task *k) {
    if (!k->begun) say_name(k);
    k->begun = true;
}

static bool is_true(PyObject *task, PyObject *method) {
    PyObject *answer = PyObject_CallMethodObjArgs(task, method, NULL);
    bool yes = answer == Py_True;
    Py_XDECREF(answer);
    PyErr_Clear();
    return yes;
}

static void tell_end(Task *k, uint32_t outcome) {
    emit_of(thread_here(), k->serial, now(), IL_EV_THREAD_END, outcome, k->serial, ++k->seq, 0, 0);
    k->known.object = NULL;
    task_drop(k);
}

bool task_is_done(const Task *k) { return is_true(k->known.object, s_done); }

void task_ends(Task *k) {
    PyObject *task = k->known.object;
    uint32_t outcome = is_true(task, s_cancelled) ? IL_OUTCOME_CANCELLED : IL_OUTCOME_DONE;
    PyObject *error = outcome == IL_OUTCOME_DONE ? attribute(task, s_exception) : NULL; /* exception() would mark it as seen */
    if (error && error != Py_None) {
        outcome = IL_OUTCOME_RAISED;
        complaint_may_come(task, k->serial);
        say_error(k->serial, (PyObject *)Py_TYPE(error), error);
    }
    Py_XDECREF(error);
    say_name(k);
    known_forget(&k->known);
    tell_end(k, outcome);
}

/* Destroyed while it waited, or queued for a loop that runs no more. */
static void task_gone(Known *known) {
    Task *k = (Task *)known;
    Py_CLEAR(k->known.ref);
    complaint_may_come(k->known.object, k->serial);
    loop_lost(k);
    tell_end(k, IL_OUTCOME_CANCELLED);
}

void task_shutdowns(PyObject *loop) {
    static const char *const names[] = {"shutdown_asyncgens", "shutdown_default_executor"};
    static int filled;
    for (int i = 0; filled < 4 && i < 2; i++) {
        PyObject *function = PyObject_GetAttrString(loop, names[i]);
        shutdowns[filled++] = function ? PyObject_GetAttrString(function, "__code__") : NULL;
        Py_XDECREF(function);
    }
    PyErr_Clear();
}

void task_install(PyObject *asyncio) {
    PyObject *base = PyObject_GetAttrString(asyncio, "BaseEventLoop");
    PyObject *native = PyImport_ImportModule("_asyncio"); /* NULL: tasks are written in Python */
    c_task = native ? PyObject_GetAttrString(native, "Task") : NULL;
    Py_XDECREF(native);
    PyErr_Clear();
    if (base) task_shutdowns(base);
    Py_XDECREF(base);
    PyErr_Clear();
    s_coro = intern("_coro"), s_done = intern("done"), s_cancelled = intern("cancelled");
    s_exception = intern("_exception"), s_get_name = intern("get_name");
}
