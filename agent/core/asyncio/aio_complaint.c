/* What asyncio complains of when it lets a task go: that nobody looked at its exception, or that it had not ended. In comes
 * the loop's call_exception_handler, before any handler of the program's; out goes complaint, of tasks alone.
 *
 *   the task raises, threadEnd ─┐                       ┌ the last reference goes: "exception was never retrieved" → complaint
 *   the collector clears refs ──┴ address → its serial ─┴ then finalizes: "destroyed but it is pending!" → complaint
 *
 * A task is forgotten when it ends (aio_task.c), so its serial is kept here by its address, until another one that may be
 * complained of lies there. */
#include "aio.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    PyObject *address; /* no reference */
    uint32_t serial;
} Over;

static Over *table;
static uint32_t room, filled;
static PyObject *native_base, *native_uvloop, *python_task, *s_message, *s_task, *s_future;

static Over *over_at(PyObject *address) {
    uint32_t i = (uint32_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 40) & (room - 1);
    while (table[i].address && table[i].address != address) i = (i + 1) & (room - 1);
    return &table[i];
}

static bool grow(void) {
    Over *old = table, *bigger = calloc(room ? room * 2 : 64, sizeof *bigger);
    uint32_t n = room;
    if (!bigger) return false;
    table = bigger, room = n ? n * 2 : 64;
    for (uint32_t i = 0; i < n; i++)
        if (old[i].address) *over_at(old[i].address) = old[i];
    free(old);
    return true;
}

void complaint_may_come(PyObject *task, uint32_t serial) {
    if (filled * 2 >= room && !grow()) return;
    Over *o = over_at(task);
    filled += !o->address;
    *o = (Over){task, serial};
}

static uint32_t serial_of(PyObject *task) {
    Task *k = task_find(task);
    if (k) return k->serial;
    bool is_task = (c_task && PyObject_IsInstance(task, c_task) == 1) || PyObject_IsInstance(task, python_task) == 1;
    return room && is_task ? over_at(task)->serial : 0;
}

/* Its own words are all that tells the two apart from what else a loop is told of. */
static void tell_complaint(PyObject *context) {
    PyObject *message = PyDict_Check(context) ? PyDict_GetItem(context, s_message) : NULL;
    if (!message || !PyUnicode_Check(message)) return;
    const char *words = PyUnicode_AsUTF8AndSize(message, NULL);
    uint32_t what = !words ? 0
                    : strcmp(words, "Task was destroyed but it is pending!") == 0 ? IL_COMPLAINT_DESTROYED_PENDING
                    : strstr(words, " exception was never retrieved") ? IL_COMPLAINT_EXCEPTION_NEVER_RETRIEVED
                                                                      : 0;
    PyObject *task = what ? PyDict_GetItem(context, what == IL_COMPLAINT_DESTROYED_PENDING ? s_task : s_future) : NULL;
    uint32_t serial = task ? serial_of(task) : 0;
    if (serial) emit_of(thread_here(), actor_here(), now(), IL_EV_COMPLAINT, what, serial, 0, 0, 0);
}

static void look_at(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *context = argument(args, nargs, kwnames, 0, "context");
    if (context) tell_complaint(context);
    PyErr_Clear();
}

static PyObject *complain(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    look_at(args, nargs, kwnames);
    return call(native_base, self, args, nargs, kwnames);
}

static PyObject *complain_in_uvloop(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    look_at(args, nargs, kwnames);
    return call(native_uvloop, self, args, nargs, kwnames);
}

bool complaint_hook_uvloop(PyObject *loop) {
    static const PyMethodDef def = {"call_exception_handler", (PyCFunction)(void (*)(void))complain_in_uvloop,
                                    METH_FASTCALL | METH_KEYWORDS, "($self, context)"};
    return method_replace(loop, &def, &native_uvloop);
}

bool complaint_install(PyObject *asyncio) {
    static const PyMethodDef def = {"call_exception_handler", (PyCFunction)(void (*)(void))complain,
                                    METH_FASTCALL | METH_KEYWORDS, "($self, context)"};
    s_message = intern("message"), s_task = intern("task"), s_future = intern("future");
    PyObject *base = PyObject_GetAttrString(asyncio, "BaseEventLoop"), *tasks = PyObject_GetAttrString(asyncio, "tasks");
    python_task = tasks ? PyObject_GetAttrString(tasks, "_PyTask") : NULL;
    bool done = base && python_task && method_replace(base, &def, &native_base);
    Py_XDECREF(tasks);
    Py_XDECREF(base);
    return done;
}
