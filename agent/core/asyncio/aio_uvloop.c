/* The event loop of uvloop, which keeps what it is to call in libuv and not in a deque. In come call_soon,
 * call_soon_threadsafe and call_later of uvloop.Loop, out goes what aio_loop.c tells of asyncio's own loop: the native
 * method is given a Soon in the callback's place, and when uvloop calls that, it is a step.
 *
 *   call_soon(callback) ─→ native call_soon(Soon ─→ callback), ready            Soon called: step, callback, suspend
 *
 * Handles stay uvloop's, so cancel() does what it did. What libuv itself calls, transports and protocols, is no step: whom
 * that makes ready was made so by nobody we know. How late a timer is, is not told: uvloop counts by a clock of its own. */
#include "aio.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    PyObject *callback;
    Task *task; /* whose step it is, held; NULL: a plain callback, or not queued yet */
    uint32_t cause;
} Soon;

typedef struct {
    Known known;
    uint32_t serial;
} Ran;

static PyTypeObject *soon_type;
static PyObject *loop_type, *native_soon, *native_threadsafe, *native_later;

/* ── what uvloop calls ──────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *soon_call(Soon *self, PyObject *args, PyObject *kwargs) {
    PyObject *callback = Py_NewRef(self->callback);
    bool stepping = loop_step(self->task, self->cause, callback);
    PyObject *done = PyObject_Call(callback, args, kwargs);
    if (stepping) {
        PyObject *type, *value, *trace;
        PyErr_Fetch(&type, &value, &trace);
        loop_step_over();
        PyErr_Clear();
        PyErr_Restore(type, value, trace);
    }
    Py_DECREF(callback);
    return done;
}

/* Whatever uvloop says of the callback, in the message for its exception or in a repr, it says of the program's. */
static PyObject *soon_attribute(Soon *self, PyObject *name) { return PyObject_GetAttr(self->callback, name); }
static PyObject *soon_repr(Soon *self) { return PyObject_Repr(self->callback); }

static int soon_traverse(Soon *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->callback);
    return 0;
}

/* No tp_clear: uvloop's handle has one, or the program's side of the cycle, and a Soon is never without its callback. */
static void soon_dealloc(Soon *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->task) task_drop(self->task);
    Py_XDECREF(self->callback);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static bool soon_install(void) {
    PyType_Slot slots[] = {{Py_tp_call, soon_call}, {Py_tp_getattro, soon_attribute}, {Py_tp_repr, soon_repr},
                           {Py_tp_traverse, soon_traverse}, {Py_tp_dealloc, soon_dealloc}, {0}};
    PyType_Spec spec = {"interleave_core.Soon", sizeof(Soon), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    soon_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return soon_type != NULL;
}

static Soon *soon_new(PyObject *callback) {
    Soon *soon = PyObject_GC_New(Soon, soon_type);
    if (!soon) return NULL;
    soon->callback = Py_NewRef(callback), soon->task = NULL, soon->cause = 0;
    PyObject_GC_Track(soon);
    return soon;
}

/* ── what the program calls ─────────────────────────────────────────────────────────────────────────────────────── */
/* The native method, with `ours` in the place of args[place]. */
static PyObject *call_with(PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                           Py_ssize_t place, PyObject *ours) {
    Py_ssize_t n = nargs + (kwnames ? PyTuple_Size(kwnames) : 0);
    PyObject *few[8], **all = n <= 8 ? few : PyMem_Malloc((size_t)n * sizeof *all);
    if (!all) return PyErr_NoMemory();
    memcpy(all, args, (size_t)n * sizeof *all);
    all[place] = ours;
    PyObject *handle = call(native, self, all, nargs, kwnames);
    if (all != few) PyMem_Free(all);
    return handle;
}

/* A task is told when its step is queued indeed; who had a plain callback called must be known before another thread may. */
static PyObject *queue(PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    if (nargs == 0) return call(native, self, args, nargs, kwnames);
    Soon *soon = soon_new(args[0]);
    if (!soon) return NULL;
    bool step = false;
    PyObject *task = task_of_callback(args[0], &step);
    if (!task) loop_queues(NULL, false, &soon->cause);
    PyObject *handle = call_with(native, self, args, nargs, kwnames, 0, (PyObject *)soon);
    if (handle && task && (soon->task = loop_queues(task, step, &soon->cause))) soon->task->refs++;
    Py_DECREF(soon);
    return handle;
}

static PyObject *call_soon(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return queue(native_soon, self, args, nargs, kwnames);
}

static PyObject *call_soon_threadsafe(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return queue(native_threadsafe, self, args, nargs, kwnames);
}

/* The clock has it called. */
static PyObject *call_later(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    if (nargs < 2) return call(native_later, self, args, nargs, kwnames);
    Soon *soon = soon_new(args[1]);
    PyObject *handle = soon ? call_with(native_later, self, args, nargs, kwnames, 1, (PyObject *)soon) : NULL;
    Py_XDECREF(soon);
    return handle;
}

/* ── loops ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void loop_gone(Known *known) {
    Py_CLEAR(known->ref);
    free(known);
}

uint32_t *uvloop_serial(PyObject *loop) {
    if (!loop_type || PyObject_IsInstance(loop, loop_type) != 1) return PyErr_Clear(), NULL;
    Known *k = known_find(loop);
    if (k) return k->gone == loop_gone ? &((Ran *)k)->serial : NULL;
    static bool said;
    if (!said) say_note("What uvloop does inside libuv is not recorded: its waits for I/O, and callbacks that I/O sets off.");
    said = true;
    Ran *r = calloc(1, sizeof *r);
    if (r && known_add(&r->known, loop, loop_gone)) return &r->serial;
    free(r);
    return NULL;
}

bool hook_uvloop(PyObject *uvloop) {
    enum { HOW = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef soon = {"call_soon", (PyCFunction)(void (*)(void))call_soon, HOW,
                                     "($self, callback, *args, context=None)"};
    static const PyMethodDef threadsafe = {"call_soon_threadsafe", (PyCFunction)(void (*)(void))call_soon_threadsafe, HOW,
                                           "($self, callback, *args, context=None)"};
    static const PyMethodDef later = {"call_later", (PyCFunction)(void (*)(void))call_later, HOW,
                                      "($self, delay, callback, *args, context=None)"};
    PyObject *loop = deque_type ? PyObject_GetAttrString(uvloop, "Loop") : NULL; /* asyncio is hooked first */
    bool done = loop && soon_install() && method_replace(loop, &soon, &native_soon) &&
                method_replace(loop, &threadsafe, &native_threadsafe) && method_replace(loop, &later, &native_later) &&
                complaint_hook_uvloop(loop);
    if (done) task_shutdowns(loop_type = loop);
    return done;
}
