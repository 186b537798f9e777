/* The library's coroutines in which a task may wait: why it does, and what to read of the coroutine to say for what. In goes
 * the code of the innermost one, out comes its place; found by name when asyncio is imported, so that whatever a version
 * lacks is simply not there. */
#include "aio.h"
#include <string.h>

enum { PLACES = 1 << 10 };
static Place places[PLACES];
static uint32_t filled;

static inline Place *place_at(uintptr_t code) {
    uint32_t i = (uint32_t)((code * 0x9e3779b97f4a7c15u) >> 40) & (PLACES - 1);
    while (places[i].code && places[i].code != code) i = (i + 1) & (PLACES - 1);
    return &places[i];
}

const Place *place_of(uintptr_t code) {
    const Place *p = place_at(code);
    return p->code ? p : NULL;
}

static const struct {
    const char *path;
    uint16_t why;
    Shape shape;
    bool timeout;
} known[] = {
    {"tasks.sleep", IL_WHY_SLEEP, DELAY},
    {"tasks._wait", IL_WHY_TASK, MANY_TASKS, .timeout = true},
    {"tasks.wait_for", IL_WHY_TASK, ONE_TASK, .timeout = true}, /* before 3.12 it waits for a future of its own */
    {"tasks._cancel_and_wait", IL_WHY_TASK, ONE_TASK},
    {"taskgroups.TaskGroup.__aexit__", IL_WHY_TASK, GROUP},
    {"taskgroups.TaskGroup._aexit", IL_WHY_TASK, GROUP},
    {"tasks._AsCompletedIterator._wait_for_one", IL_WHY_TASK, TODO},
    {"locks.Lock.acquire", IL_WHY_LOCK, VOICE},
    {"locks.Semaphore.acquire", IL_WHY_SEMAPHORE, VOICE},
    {"locks.Event.wait", IL_WHY_EVENT, VOICE},
    {"locks.Condition.wait", IL_WHY_CONDITION, VOICE},
    {"queues.Queue.get", IL_WHY_QUEUE_GET, VOICE},
    {"queues.Queue.put", IL_WHY_QUEUE_PUT, VOICE},
    {"base_events.BaseEventLoop.shutdown_default_executor", IL_WHY_FUTURE, NOTHING},
    {"threads.to_thread", IL_WHY_FUTURE, NOTHING},
};
/* All coroutines of these wait for the world outside, but for those above. */
static const char *const outside[] = {"streams",     "selector_events", "base_events", "base_subprocess",
                                      "subprocess",  "unix_events",     "sslproto"};

/* `at`: without its code */
static void add_code(PyObject *code, Place at) {
    Place *p = place_at((uintptr_t)code);
    if (!p->code && filled < PLACES / 2) {
        *p = at;
        p->code = (uintptr_t)code;
        filled++;
        Py_INCREF(code);
    }
}

static void add_place(PyObject *function, Place at) {
    PyObject *code = PyObject_GetAttrString(function, "__code__");
    if (code) add_code(code, at);
    Py_XDECREF(code);
    PyErr_Clear();
}

static PyObject *at_path(PyObject *object, const char *path) {
    const char *dot = strchr(path, '.');
    char name[64];
    size_t n = dot ? (size_t)(dot - path) : strlen(path);
    memcpy(name, path, n);
    name[n] = 0;
    PyObject *inner = PyObject_GetAttrString(object, name);
    if (!inner || !dot) return inner;
    PyObject *found = at_path(inner, dot + 1);
    Py_DECREF(inner);
    return found;
}

/* The code of a function that is made within another one, a new reference; NULL: there is none of that name. */
static PyObject *code_within(PyObject *asyncio, const char *path, const char *name) {
    PyObject *function = at_path(asyncio, path), *code = function ? PyObject_GetAttrString(function, "__code__") : NULL;
    PyObject *constants = code ? PyObject_GetAttrString(code, "co_consts") : NULL, *found = NULL;
    for (Py_ssize_t i = 0; constants && !found && i < PyTuple_Size(constants); i++) {
        PyObject *inner = PyTuple_GetItem(constants, i), *said = PyObject_GetAttrString(inner, "co_name");
        if (said && PyUnicode_CompareWithASCIIString(said, name) == 0) Py_INCREF(found = inner);
        Py_XDECREF(said);
        PyErr_Clear();
    }
    Py_XDECREF(constants);
    Py_XDECREF(code);
    Py_XDECREF(function);
    PyErr_Clear();
    return found;
}

/* ── shield: the future that it gives out, and the one behind it ────────────────────────────────────────────────── */
static PyObject *shields, *s_callbacks, *s_code, *s_closure;
static Py_ssize_t shielded_cell = -1;

static void learn_shield(PyObject *asyncio) {
    s_callbacks = PyUnicode_InternFromString("_callbacks"), s_code = PyUnicode_InternFromString("__code__");
    s_closure = PyUnicode_InternFromString("__closure__");
    shields = code_within(asyncio, "tasks.shield", "_outer_done_callback");
    PyObject *cells = shields ? PyObject_GetAttrString(shields, "co_freevars") : NULL;
    PyObject *name = PyUnicode_FromString("inner");
    if (cells && name) shielded_cell = PySequence_Index(cells, name);
    Py_XDECREF(name);
    Py_XDECREF(cells);
    PyErr_Clear();
}

/* Of a callback of the outer future: a new reference to the inner one, or NULL. */
static PyObject *behind(PyObject *callback) {
    PyObject *code = PyObject_GetAttr(callback, s_code), *found = NULL;
    PyObject *cells = code == shields ? PyObject_GetAttr(callback, s_closure) : NULL;
    PyObject *cell = cells ? PySequence_GetItem(cells, shielded_cell) : NULL;
    if (cell) found = PyObject_GetAttrString(cell, "cell_contents");
    Py_XDECREF(cell);
    Py_XDECREF(cells);
    Py_XDECREF(code);
    PyErr_Clear();
    return found;
}

PyObject *shielded_by(PyObject *future) {
    PyObject *callbacks = shielded_cell >= 0 ? PyObject_GetAttr(future, s_callbacks) : NULL, *found = NULL;
    for (Py_ssize_t i = 0; callbacks && PyList_Check(callbacks) && !found && i < PyList_Size(callbacks); i++) {
        PyObject *callback = PySequence_GetItem(PyList_GetItem(callbacks, i), 0);
        if (callback) found = behind(callback);
        Py_XDECREF(callback);
    }
    Py_XDECREF(callbacks);
    PyErr_Clear();
    return found;
}

/* Coroutine functions in a module, and in its classes. */
static void add_outside(PyObject *namespace, int depth) {
    PyObject *dict = PyObject_GetAttrString(namespace, "__dict__"), *values = dict ? PyMapping_Values(dict) : NULL;
    for (Py_ssize_t i = 0; values && i < PyList_Size(values); i++) {
        PyObject *value = PyList_GetItem(values, i), *code = PyObject_GetAttrString(value, "__code__");
        PyObject *flags = code ? PyObject_GetAttrString(code, "co_flags") : NULL;
        enum { COROUTINE = 0x80 };
        if (flags && PyLong_AsLong(flags) & COROUTINE) add_place(value, (Place){.why = IL_WHY_IO});
        Py_XDECREF(flags);
        Py_XDECREF(code);
        PyErr_Clear();
        if (depth == 0 && PyType_Check(value)) add_outside(value, 1);
    }
    Py_XDECREF(values);
    Py_XDECREF(dict);
    PyErr_Clear();
}

bool place_install(PyObject *asyncio) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        PyObject *function = at_path(asyncio, known[i].path);
        Place at = {.why = known[i].why, .shape = known[i].shape, .timeout = known[i].timeout};
        if (function) add_place(function, at);
        Py_XDECREF(function);
        PyErr_Clear();
    }
    PyObject *one = code_within(asyncio, "tasks.as_completed", "_wait_for_one"); /* before 3.13 */
    if (one) add_code(one, (Place){.why = IL_WHY_TASK});
    Py_XDECREF(one);
    learn_shield(asyncio);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        PyObject *module = PyObject_GetAttrString(asyncio, outside[i]);
        if (module) add_outside(module, 0);
        Py_XDECREF(module);
        PyErr_Clear();
    }
    return filled > 0;
}
