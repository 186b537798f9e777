/* An event loop's queue of callbacks. BaseEventLoop appends to the deque `_ready` what is to be called and takes from its
 * left what is called next; ours is a deque that tells, and the loop stays as the library wrote it:
 *
 *   append(handle)   a step of a task: it is ready, by the doing of whoever runs now; its own: it lets others go first
 *   popleft()        what ran is over: suspend; what comes next begins: step
 *   select, or the loop stops: what ran is over
 *
 * Beside each handle waits its cause. A plain callback passes it on: when the last child of gather ends, a callback makes
 * the waiting task ready, and that is the child's doing. */
#include "aio.h"
#include <stdlib.h>

typedef struct {
    PyObject *handle; /* borrowed: the deque holds it */
    Task *task;       /* of its callback, held; NULL: a plain callback */
    uint32_t cause;
} Queued;

typedef struct {
    uint32_t serial; /* of the loop, 0 = it has not run yet */
    uint32_t room, head, count;
    Queued *ring; /* as long as the deque, as far as it is only used as a queue */
} Loop;

/* What this thread runs. */
static __thread struct {
    PyObject *ready;    /* of the running loop; NULL: none runs */
    PyObject *selector; /* borrowed, the loop holds it */
    Task *task;      /* whose step it is */
    bool stepping, again;
    uint32_t cause; /* of a plain callback */
} here __attribute__((tls_model("initial-exec")));

static PyTypeObject *ready_type;
static Py_ssize_t loop_offset;
static PyCFunction deque_append, deque_popleft, deque_clear;
static PyObject *native_init, *native_set_running, *timer_type, *s_ready, *s_selector, *s_cancelled;

static inline Loop *loop_in(PyObject *ready) { return (Loop *)((char *)ready + loop_offset); }

/* ── the ring ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static inline Queued *at(Loop *l, uint32_t i) { return &l->ring[(l->head + i) & (l->room - 1)]; }

static bool ring_grow(Loop *l) {
    uint32_t bigger = l->room ? l->room * 2 : 64;
    Queued *fresh = malloc(bigger * sizeof *fresh);
    if (!fresh) return false;
    for (uint32_t i = 0; i < l->count; i++) fresh[i] = *at(l, i);
    free(l->ring);
    l->ring = fresh, l->room = bigger, l->head = 0;
    return true;
}

static void ring_put(Loop *l, Queued q) {
    if (l->count == l->room && !ring_grow(l)) return;
    if (q.task) q.task->refs++;
    *at(l, l->count++) = q;
}

static void ring_drop(Loop *l, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (at(l, i)->task) task_drop(at(l, i)->task);
    l->head += n, l->count -= n;
}

/* What was put with the handle; the caller drops its task. What stands before it has left by other ways than popleft. */
static Queued ring_take(Loop *l, PyObject *handle) {
    for (uint32_t i = 0; i < l->count; i++)
        if (likely(at(l, i)->handle == handle)) {
            if (unlikely(i)) ring_drop(l, i);
            Queued q = *at(l, 0);
            l->head++, l->count--;
            if (l->count) __builtin_prefetch(at(l, 0)->task);
            return q;
        }
    return (Queued){.handle = handle};
}

/* ── steps ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void step_over(Thread *t) {
    Task *k = here.task;
    here.stepping = false;
    here.task = NULL;
    t->task = 0;
    if (k)
        tell_suspend(t, k, here.again);
    else
        emit_of(t, t->serial, now(), IL_EV_SUSPEND, 0, 0, 0, 0, 0);
}

void loop_step_over(void) {
    if (here.stepping) step_over(thread_here());
}

void loop_lost(Task *k) {
    if (here.task != k) return;
    here.task = NULL, here.stepping = false;
    Thread *t = thread_here();
    t->task = 0;
    emit_of(t, k->serial, now(), IL_EV_SUSPEND, 0, 0, 0, 0, 0);
}

/* A selector is asked: the loop's own is asked between two rounds of steps. */
void loop_selects(PyObject *selector) {
    if (selector == here.selector) loop_step_over();
}

static bool was_cancelled(PyObject *handle) {
    PyObject *cancelled = PyObject_GetAttr(handle, s_cancelled);
    Py_XDECREF(cancelled);
    if (!cancelled) PyErr_Clear();
    return cancelled == Py_True;
}

static void step_begin(Thread *t, Loop *l, Queued q) {
    Task *k = q.task && q.task->known.object ? q.task : NULL;
    if (!k && was_cancelled(q.handle)) return; /* the loop will not call it */
    if (k) task_begins(k);
    here.task = k, here.stepping = true, here.again = false, here.cause = q.cause;
    t->task = k ? k->serial : 0;
    emit_of(t, k ? k->serial : t->serial, now(), IL_EV_STEP, 0, l->serial, 0, k ? k->site : 0, 0);
}

/* Who acts here, for those whom it makes ready. 0: the clock, I/O, or nobody knows. */
static uint32_t cause_here(void) {
    if (here.stepping) return here.task ? here.task->serial : here.cause;
    return here.ready ? 0 : thread_here()->serial;
}

/* ── the deque ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *ready_append(PyObject *self, PyObject *handle) {
    if ((PyObject *)Py_TYPE(handle) == timer_type) loop_step_over(); /* its time has come: the loop is between steps */
    bool step = false;
    PyObject *task = task_of_handle(handle, &step);
    uint32_t cause = 0;
    Task *k = NULL;
    if (task && here.stepping && here.task && here.task->known.object == task)
        here.again = true, k = here.task;
    else {
        cause = cause_here();
        if (task) k = task_ready(task, step, cause);
    }
    PyObject *done = deque_append(self, handle);
    if (done) ring_put(loop_in(self), (Queued){handle, k, cause});
    return done;
}

static PyObject *ready_popleft(PyObject *self, PyObject *unused) {
    PyObject *handle = deque_popleft(self, unused);
    if (!handle) return NULL;
    Loop *l = loop_in(self);
    Queued q = ring_take(l, handle);
    if (likely(here.ready == self)) {
        Thread *t = thread_here();
        if (here.stepping) step_over(t);
        step_begin(t, l, q);
    }
    if (q.task) task_drop(q.task);
    return handle;
}

static PyObject *ready_clear(PyObject *self, PyObject *unused) {
    ring_drop(loop_in(self), loop_in(self)->count);
    return deque_clear(self, unused);
}

static void ready_dealloc(PyObject *self) {
    Loop *l = loop_in(self);
    ring_drop(l, l->count);
    free(l->ring);
    PyTypeObject *deque = (PyTypeObject *)PyType_GetSlot(ready_type, Py_tp_base);
    ((destructor)PyType_GetSlot(deque, Py_tp_dealloc))(self);
}

/* The C function behind a method of deque, when it is called as we call it. */
static bool function_of(PyObject *deque, const char *name, int how, PyCFunction *f) {
    PyObject *bound = PyObject_GetAttrString(deque, name);
    if (bound && PyCFunction_CheckExact(bound) && PyCFunction_GetFlags(bound) == how) *f = PyCFunction_GetFunction(bound);
    Py_XDECREF(bound);
    return *f != NULL;
}

static bool ready_install(void) {
    static PyMethodDef methods[] = {
        {"append", ready_append, METH_O, "Add an element to the right side of the deque."},
        {"popleft", ready_popleft, METH_NOARGS, "Remove and return the leftmost element."},
        {"clear", ready_clear, METH_NOARGS, "Remove all elements from the deque."},
        {0},
    };
    PyObject *collections = PyImport_ImportModule("_collections");
    PyObject *deque = collections ? PyObject_GetAttrString(collections, "deque") : NULL;
    PyObject *size = deque ? PyObject_GetAttrString(deque, "__basicsize__") : NULL;
    PyObject *bases = deque ? PyTuple_Pack(1, deque) : NULL, *one = deque ? PyObject_CallNoArgs(deque) : NULL;
    bool known = one && function_of(one, "append", METH_O, &deque_append) &&
                 function_of(one, "popleft", METH_NOARGS, &deque_popleft) && function_of(one, "clear", METH_NOARGS, &deque_clear);
    if (known && size && bases) {
        loop_offset = PyLong_AsSsize_t(size);
        PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_dealloc, ready_dealloc}, {0}};
        PyType_Spec spec = {"collections.deque", (int)(loop_offset + (Py_ssize_t)sizeof(Loop)), 0, Py_TPFLAGS_DEFAULT, slots};
        ready_type = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
    }
    Py_XDECREF(one);
    Py_XDECREF(bases);
    Py_XDECREF(size);
    Py_XDECREF(deque);
    Py_XDECREF(collections);
    return ready_type != NULL;
}

/* ── loops ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *loop_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    PyObject *ready = done ? PyObject_CallNoArgs((PyObject *)ready_type) : NULL;
    if (ready && PyObject_SetAttr(self, s_ready, ready) == 0) return Py_DECREF(ready), done;
    Py_XDECREF(ready);
    Py_XDECREF(done);
    return NULL;
}

/* Another library's loop has a queue of its own. */
static void say_foreign(PyObject *loop) {
    PyObject *type = (PyObject *)Py_TYPE(loop), *module = PyObject_GetAttrString(type, "__module__");
    PyObject *name = PyObject_GetAttrString(type, "__qualname__");
    PyObject *text = module && name ? PyUnicode_FromFormat("Tasks on %U.%U are not recorded: it is not asyncio's own event loop.",
                                                           module, name) : NULL;
    static PyObject *said;
    if (text && said != type) {
        Line l = line_of("note");
        line_text(&l, "text", text);
        line_send(&l);
        Py_INCREF(said = type);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(name);
    Py_XDECREF(module);
}

/* events._set_running_loop(loop or None): a loop begins to run on this thread, or stops. */
static PyObject *set_running(PyObject *module, PyObject *loop) {
    (void)module;
    PyObject *done = PyObject_CallFunctionObjArgs(native_set_running, loop, NULL);
    if (!done) return NULL;
    loop_step_over();
    Py_CLEAR(here.ready);
    here.selector = NULL;
    if (loop == Py_None) return done;
    PyObject *ready = PyObject_GetAttr(loop, s_ready);
    if (!ready) PyErr_Clear();
    if (!ready || Py_TYPE(ready) != ready_type) return say_foreign(loop), Py_XDECREF(ready), done;
    Loop *l = loop_in(here.ready = ready);
    here.selector = PyObject_GetAttr(loop, s_selector);
    Py_XDECREF(here.selector);
    PyErr_Clear();
    if (l->serial) return done;
    Site site = site_find(ANY_CALLS);
    l->serial = next_serial();
    emit(now(), IL_EV_NEW, IL_OBJ_LOOP | internal_flag(site), l->serial, 1, site.id, thread_here()->serial);
    return done;
}

bool loop_install(PyObject *asyncio) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))loop_init, METH_FASTCALL | METH_KEYWORDS, "($self)"};
    static const PyMethodDef running = {"_set_running_loop", set_running, METH_O, NULL};
    s_ready = intern("_ready"), s_selector = intern("_selector"), s_cancelled = intern("_cancelled");
    PyObject *base = PyObject_GetAttrString(asyncio, "BaseEventLoop"), *events = PyObject_GetAttrString(asyncio, "events");
    timer_type = PyObject_GetAttrString(asyncio, "TimerHandle");
    native_set_running = events ? PyObject_GetAttrString(events, "_set_running_loop") : NULL;
    PyObject *ours = native_set_running ? function_named(&running, NULL, "_asyncio", native_set_running) : NULL;
    bool done = base && timer_type && ours && ready_install() && method_replace(base, &init, &native_init) &&
                PyObject_SetAttrString(events, "_set_running_loop", ours) == 0 &&
                PyObject_SetAttrString(asyncio, "_set_running_loop", ours) == 0;
    Py_XDECREF(ours);
    Py_XDECREF(events);
    Py_XDECREF(base);
    return done;
}
