/* An event loop's queue of callbacks. BaseEventLoop appends to the deque `_ready` what is to be called and takes from its
 * left what is called next; ours is a deque that tells, and the loop stays as the library wrote it:
 *
 *   append(handle)   a step of a task: it is ready, by the doing of whoever runs now; its own: it lets others go first
 *   popleft()        what ran is over: suspend; what comes next begins: step
 *   select, or the loop stops: what ran is over
 *
 * Beside each handle waits its cause. A plain callback passes it on: when the last child of gather ends, a callback makes
 * the waiting task ready, and that is the child's doing. */
#include "aio_ring.h"

/* What this thread runs. */
static __thread struct {
    PyObject *ready;    /* of the running loop; of uvloop's, the loop itself; NULL: none runs */
    PyObject *selector; /* borrowed, the loop holds it */
    uint32_t loop;
    Task *task;      /* whose step it is */
    bool stepping, again;
    uint32_t cause, site; /* of a plain callback: who had it called, where its function begins */
    uint64_t due;         /* of a timer's: when it should have been called; 0: it is none's */
} here __attribute__((tls_model("initial-exec")));

static PyTypeObject *ready_type;
static Py_ssize_t loop_offset;
PyCFunction deque_append, deque_popleft;
PyObject *deque_type;
static PyCFunction deque_clear;
static PyObject *native_init, *native_set_running, *native_time, *timer_type;
static PyObject *s_ready, *s_selector, *s_cancelled, *s_loop, *s_time, *s_when, *s_files;

static inline Loop *loop_in(PyObject *ready) { return (Loop *)((char *)ready + loop_offset); }

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

Task *loop_task(PyObject *task) {
    Task *k = task_find(task);
    return k || !here.stepping || !here.task || !task_adopts(here.task, task) ? k : here.task;
}

bool loop_steps(PyObject *loop) {
    PyObject *ready = here.stepping ? PyObject_GetAttr(loop, s_ready) : NULL;
    Py_XDECREF(ready);
    PyErr_Clear();
    return here.stepping && (ready == here.ready || loop == here.ready);
}

static void tell_step(Thread *t) {
    uint32_t actor = here.task ? here.task->serial : t->serial, site = here.task ? here.task->site : here.site;
    emit_of(t, actor, now(), IL_EV_STEP, 0, here.loop, 0, site, 0);
}

static uint32_t site_of_callback(PyObject *handle) {
    PyObject *callback = callback_of(handle);
    return callback ? site_of_function(callback) : 0;
}

/* The actor that runs makes a task whose first step is run at once: it lets that go first. */
Interrupted loop_interrupt(Task *inner) {
    Thread *t = thread_here();
    Interrupted outer = {here.task, here.cause, here.again};
    uint32_t actor = actor_here(), site = site_here();
    emit_of(t, actor, now(), IL_EV_SUSPEND, here.task ? IL_WHY_LOOP : 0, 0, 0, site, 0);
    here.task = inner, here.again = false;
    t->task = inner->serial;
    tell_step(t);
    return outer;
}

/* made: the inner task; NULL: it could not be made. */
void loop_resume(Interrupted outer, PyObject *made) {
    Thread *t = thread_here();
    Task *inner = here.task;
    if (made && inner && task_is(inner, made))
        step_over(t);
    else if (inner) {
        emit_of(t, inner->serial, now(), IL_EV_SUSPEND, 0, 0, 0, 0, 0);
        task_stillborn(inner);
    }
    here.task = outer.task, here.cause = outer.cause, here.again = outer.again, here.stepping = true;
    t->task = outer.task ? outer.task->serial : 0;
    tell_step(t);
}

/* A selector is asked: the loop's own is asked between two rounds of steps. */
void loop_selects(PyObject *selector) {
    if (selector == here.selector) loop_step_over();
}

uint32_t loop_idles(PyObject *selector) {
    if (selector != here.selector) return 0;
    PyObject *files = PyObject_GetAttr(selector, s_files);
    bool idle = files && PyDict_Check(files) && PyDict_Size(files) == 1; /* the pipe by which other threads wake it */
    Py_XDECREF(files);
    PyErr_Clear();
    return idle ? here.loop : 0;
}

static bool was_cancelled(PyObject *handle) {
    PyObject *cancelled = PyObject_GetAttr(handle, s_cancelled);
    Py_XDECREF(cancelled);
    if (!cancelled) PyErr_Clear();
    return cancelled == Py_True;
}

/* 0: unknown, as in a loop that has a clock of its own */
static uint64_t due_of(PyObject *timer) {
    PyObject *loop = PyObject_GetAttr(timer, s_loop);
    PyObject *clock = loop ? PyObject_GetAttr((PyObject *)Py_TYPE(loop), s_time) : NULL;
    PyObject *when = clock && clock == native_time ? PyObject_GetAttr(timer, s_when) : NULL;
    double seconds = when ? PyFloat_AsDouble(when) : 0;
    Py_XDECREF(when);
    Py_XDECREF(clock);
    Py_XDECREF(loop);
    PyErr_Clear();
    return seconds > 0 ? (uint64_t)(seconds * 1e9) : 0;
}

/* A timer's callback runs: so many µs ago it should have. */
static uint32_t overdue_here(void) {
    uint64_t time = here.stepping && here.due ? now() : 0;
    return time > here.due ? (uint32_t)((time - here.due) / 1000) : 0;
}

static void step_of(Thread *t, Task *k, uint32_t cause) {
    if (k) task_begins(k);
    here.task = k, here.stepping = true, here.again = false, here.cause = cause;
    t->task = k ? k->serial : 0;
    tell_step(t);
}

static void step_begin(Thread *t, Queued q) {
    Task *k = q.task && q.task->known.object ? q.task : NULL;
    if (!k && was_cancelled(q.handle)) return; /* the loop will not call it */
    here.site = k ? 0 : site_of_callback(q.handle);
    here.due = !k && (PyObject *)Py_TYPE(q.handle) == timer_type ? due_of(q.handle) : 0;
    step_of(t, k, q.cause);
}

/* The running loop calls back, one that has no deque to tell of it. false: none runs here, or within a step. */
bool loop_step(Task *k, uint32_t cause, PyObject *callback) {
    if (!here.ready || here.stepping) return false;
    if (k && !k->known.object) k = NULL;
    here.site = k ? 0 : site_of_function(callback);
    here.due = 0;
    step_of(thread_here(), k, cause);
    return true;
}

/* Who acts here, for those whom it makes ready. 0: the clock, I/O, or nobody knows. */
static uint32_t cause_here(void) {
    if (here.stepping) return here.task ? here.task->serial : here.cause;
    return here.ready ? 0 : thread_here()->serial;
}

/* A callback is queued, a step or the end of a wait of that task, or NULL: a plain one. Out goes whose it is, if known. */
Task *loop_queues(PyObject *task, bool step, uint32_t *cause) {
    *cause = 0;
    if (task && here.stepping && here.task && task_adopts(here.task, task)) return here.again = true, here.task;
    *cause = cause_here();
    return task ? task_ready(task, step, *cause, *cause ? 0 : overdue_here()) : NULL;
}

/* ── the deque ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *ready_append(PyObject *self, PyObject *handle) {
    if ((PyObject *)Py_TYPE(handle) == timer_type) loop_step_over(); /* its time has come: the loop is between steps */
    bool step = false;
    PyObject *task = task_of_handle(handle, &step);
    uint32_t cause;
    Task *k = loop_queues(task, step, &cause);
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
        step_begin(t, q);
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
    deque_type = deque;
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

static uint32_t loop_new(void) {
    Site site = site_find(ANY_CALLS);
    uint32_t serial = next_serial();
    emit(now(), IL_EV_NEW, IL_OBJ_LOOP | internal_flag(site), serial, 1, site.id, thread_here()->serial);
    return serial;
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
    uint32_t *serial = uvloop_serial(loop);
    if (serial) {
        if (!*serial) *serial = loop_new();
        here.loop = *serial;
        Py_INCREF(here.ready = loop);
        return done;
    }
    PyObject *ready = PyObject_GetAttr(loop, s_ready);
    if (!ready) PyErr_Clear();
    if (!ready || Py_TYPE(ready) != ready_type) return say_foreign(loop), Py_XDECREF(ready), done;
    Loop *l = loop_in(here.ready = ready);
    here.selector = PyObject_GetAttr(loop, s_selector);
    Py_XDECREF(here.selector);
    PyErr_Clear();
    if (!l->serial) l->serial = loop_new();
    here.loop = l->serial;
    return done;
}

bool loop_install(PyObject *asyncio) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))loop_init, METH_FASTCALL | METH_KEYWORDS, "($self)"};
    static const PyMethodDef running = {"_set_running_loop", set_running, METH_O, NULL};
    s_ready = intern("_ready"), s_selector = intern("_selector"), s_cancelled = intern("_cancelled");
    s_loop = intern("_loop"), s_time = intern("time"), s_when = intern("_when"), s_files = intern("_fd_to_key");
    PyObject *base = PyObject_GetAttrString(asyncio, "BaseEventLoop"), *events = PyObject_GetAttrString(asyncio, "events");
    timer_type = PyObject_GetAttrString(asyncio, "TimerHandle");
    native_time = base ? PyObject_GetAttr(base, s_time) : NULL;
    native_set_running = events ? PyObject_GetAttrString(events, "_set_running_loop") : NULL;
    PyObject *ours = native_set_running ? function_named(&running, NULL, "_asyncio", native_set_running) : NULL;
    bool done = base && timer_type && native_time && ours && ready_install() && method_replace(base, &init, &native_init) &&
                PyObject_SetAttrString(events, "_set_running_loop", ours) == 0 &&
                PyObject_SetAttrString(asyncio, "_set_running_loop", ours) == 0;
    Py_XDECREF(ours);
    Py_XDECREF(events);
    Py_XDECREF(base);
    return done;
}
