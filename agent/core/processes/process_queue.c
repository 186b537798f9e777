/* multiprocessing.Queue, JoinableQueue and SimpleQueue: a pipe with locks, told as one object.
 *
 *   put      the buffer's append → post(k)                       the item's number in this process
 *   feeder   the buffer's popleft, then its write → send(n, k)   the message's number in the queue (pipe.c)
 *   get      the read → receive(n)                               by the thread that gets it
 *
 * The buffer is a deque of ours that counts what goes in and out, so an item that cannot be pickled leaves its number
 * unsent and the next one keeps its own. What waits inside, for items, room or the last task_done, speaks for the queue. */
#include "condition.h"
#include "connection.h"
#include <string.h>

typedef struct {
    Pipe *pipe;
    uint32_t put, taken;
} Count;

static PyTypeObject *buffer_type;
static Py_ssize_t count_offset;
static PyObject *deque_append, *deque_popleft, *sentinel, *empty, *full;
static PyObject *native_reset, *native_get, *native_put, *native_joinable_put,
    *native_task_done, *native_join, *native_simple_init, *native_simple_setstate;
/* What a feeder thread waits for: work of its own. Nobody is kept from the queue meanwhile, so it is no wait for that. */
static Subject feeding = {.refs = 1, .kind = IL_OBJ_QUEUE};
static PyObject *s_buffer, *s_reader, *s_rlock, *s_wlock, *s_sem, *s_notempty;
static PyObject *s_unfinished, *s_cond, *s_semlock, *s_is_zero, *s_get_value, *s_acquire, *s_notify_all;

/* ── the buffer ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static inline Count *count_in(PyObject *buffer) { return (Count *)((char *)buffer + count_offset); }

static PyObject *buffer_append(PyObject *self, PyObject *item) {
    Count *c = count_in(self);
    if (c->pipe && item != sentinel) emit(now(), IL_EV_POST, 0, c->pipe->serial, ++c->put, site_here(), 0);
    return call(deque_append, self, &item, 1, NULL);
}

static PyObject *buffer_popleft(PyObject *self, PyObject *unused) {
    (void)unused;
    Count *c = count_in(self);
    PyObject *item = call(deque_popleft, self, NULL, 0, NULL);
    if (item && item != sentinel) carried = (Carried){c->pipe, ++c->taken};
    return item;
}

static void buffer_dealloc(PyObject *self) {
    pipe_drop(count_in(self)->pipe);
    PyTypeObject *deque = (PyTypeObject *)PyType_GetSlot(buffer_type, Py_tp_base);
    ((destructor)PyType_GetSlot(deque, Py_tp_dealloc))(self);
}

static bool buffer_install(void) {
    PyObject *collections = PyImport_ImportModule("_collections");
    PyObject *deque = collections ? PyObject_GetAttrString(collections, "deque") : NULL;
    PyObject *size = deque ? PyObject_GetAttrString(deque, "__basicsize__") : NULL;
    PyObject *bases = deque ? PyTuple_Pack(1, deque) : NULL;
    if (size && bases) {
        static PyMethodDef methods[] = {{"append", buffer_append, METH_O, "Add an element to the right side of the deque."},
                                        {"popleft", buffer_popleft, METH_NOARGS, "Remove and return the leftmost element."},
                                        {0}};
        count_offset = PyLong_AsSsize_t(size);
        PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_dealloc, buffer_dealloc}, {0}};
        int bytes = (int)(count_offset + (Py_ssize_t)sizeof(Count));
        PyType_Spec spec = {"collections.deque", bytes, 0, Py_TPFLAGS_DEFAULT, slots};
        buffer_type = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
        deque_append = PyObject_GetAttrString(deque, "append"), deque_popleft = PyObject_GetAttrString(deque, "popleft");
    }
    Py_XDECREF(bases), Py_XDECREF(size), Py_XDECREF(deque), Py_XDECREF(collections);
    return buffer_type && deque_append && deque_popleft;
}

/* ── being made, unpickled, forked ──────────────────────────────────────────────────────────────────────────────── */

/* The queue that speaks through its pipe; told when this process hears of it first. Borrowed. */
static Pipe *pipe_of(PyObject *self) {
    PyObject *reader = PyObject_GetAttr(self, s_reader);
    Pipe *p = reader ? ends_of(reader).in : NULL;
    Py_XDECREF(reader); /* the queue keeps it */
    PyErr_Clear();
    return p && p->subject ? p : NULL;
}

static void claim(PyObject *self, uint16_t kind, uint32_t capacity) {
    PyObject *reader = PyObject_GetAttr(self, s_reader);
    Pipe *p = reader ? ends_of(reader).in : NULL;
    Py_XDECREF(reader);
    PyErr_Clear();
    if (!p || p->serial || p->subject || p->quiet || !(p->subject = subject_new(kind))) return;
    p->kind = kind, p->get = IL_WHY_QUEUE_GET, p->put = IL_WHY_QUEUE_PUT;
    Site site = site_find(3); /* through the context, a JoinableQueue's __init__ and Queue's */
    uint32_t line = site.own ? site.id : site_find(ANY_CALLS).id;
    pipe_tell(p, site.own ? internal_flag(site) : IL_FLAG_INTERNAL, line, capacity);
}

static uint32_t capacity_of(PyObject *self) {
    uint32_t size = number_of(self, "_maxsize");
    return size == INT32_MAX ? 0 : size; /* SEM_VALUE_MAX: no bound */
}

/* A lock of the queue's: to be kept waiting by it is a wait for the queue. */
static void speak(PyObject *self, PyObject *name, const Pipe *p, uint16_t why) {
    PyObject *lock = PyObject_GetAttr(self, name);
    if (lock) semlock_speak_for(lock, p->subject, why);
    Py_XDECREF(lock);
    PyErr_Clear();
}

/* Part of __init__, of unpickling and of a fork: the buffer has just been made. */
static PyObject *queue_reset(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_reset, self, args, nargs, kwnames);
    if (!done) return NULL;
    claim(self, IL_OBJ_QUEUE, capacity_of(self));
    Pipe *p = pipe_of(self);
    if (p) speak(self, s_rlock, p, p->get), speak(self, s_wlock, p, IL_WHY_LOCK), speak(self, s_sem, p, p->put);
    PyObject *buffer = p ? PyObject_CallNoArgs((PyObject *)buffer_type) : NULL;
    PyObject *notempty = p ? PyObject_GetAttr(self, s_notempty) : NULL;
    if (notempty) condition_speak_for(notempty, &feeding, IL_WHY_QUEUE_GET);
    if (buffer) {
        count_in(buffer)->pipe = pipe_hold(p);
        PyObject_SetAttr(self, s_buffer, buffer);
    }
    Py_XDECREF(notempty);
    Py_XDECREF(buffer);
    PyErr_Clear();
    return done;
}

static void simple_claim(PyObject *self) {
    claim(self, IL_OBJ_SIMPLE_QUEUE, 0);
    Pipe *p = pipe_of(self);
    if (p) speak(self, s_rlock, p, p->get), speak(self, s_wlock, p, IL_WHY_LOCK);
}

static PyObject *simple_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_simple_init, self, args, nargs, kwnames);
    if (done) simple_claim(self);
    return done;
}

static PyObject *simple_setstate(PyObject *self, PyObject *state) {
    PyObject *done = call(native_simple_setstate, self, &state, 1, NULL);
    if (done) simple_claim(self);
    return done;
}

/* ── put and get, for what they refuse ──────────────────────────────────────────────────────────────────────────── */
static void tell_refused(PyObject *self, PyObject *error, PyObject *block, PyObject *timeout) {
    if (!PyErr_ExceptionMatches(error)) return;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    double seconds = timeout && timeout != Py_None ? PyFloat_AsDouble(timeout) : 1;
    Pipe *p = (block && PyObject_IsTrue(block) == 0) || seconds <= 0 ? pipe_of(self) : NULL;
    if (p) emit(now(), IL_EV_REFUSED, 0, p->serial, 0, site_here(), 0);
    PyErr_Restore(type, value, trace);
}

#define ARGUMENT(place, name) argument(args, nargs, kwnames, place, name)

static PyObject *queue_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *item = call(native_get, self, args, nargs, kwnames);
    if (unlikely(!item)) tell_refused(self, empty, ARGUMENT(0, "block"), ARGUMENT(1, "timeout"));
    return item;
}

static PyObject *queue_put(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_put, self, args, nargs, kwnames);
    if (unlikely(!done)) tell_refused(self, full, ARGUMENT(1, "block"), ARGUMENT(2, "timeout"));
    return done;
}

static PyObject *joinable_put(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_joinable_put, self, args, nargs, kwnames);
    if (unlikely(!done)) tell_refused(self, full, ARGUMENT(1, "block"), ARGUMENT(2, "timeout"));
    return done;
}

/* ── JoinableQueue ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* What a method of the semaphore of unfinished tasks says; NULL without an exception when it cannot be asked. */
static PyObject *ask_unfinished(PyObject *self, PyObject *method) {
    PyObject *tasks = PyObject_GetAttr(self, s_unfinished), *semlock = tasks ? PyObject_GetAttr(tasks, s_semlock) : NULL;
    PyObject *answer = semlock ? PyObject_CallMethodObjArgs(semlock, method, NULL) : NULL;
    Py_XDECREF(semlock);
    Py_XDECREF(tasks);
    PyErr_Clear();
    return answer;
}

/* Under the lock, as the library does it: one task fewer; at 0 those who join are let go. */
static PyObject *task_done_held(PyObject *self, PyObject *condition, Pipe *p) {
    PyObject *tasks = PyObject_GetAttr(self, s_unfinished);
    PyObject *one = tasks ? PyObject_CallMethodObjArgs(tasks, s_acquire, Py_False, NULL) : NULL;
    int took = one ? PyObject_IsTrue(one) : -1;
    Py_XDECREF(one);
    Py_XDECREF(tasks);
    if (took < 0) return NULL;
    if (!took) return PyErr_SetString(PyExc_ValueError, "task_done() called too many times"), NULL;
    PyObject *left = ask_unfinished(self, s_get_value);
    long n = left ? PyLong_AsLong(left) : 0;
    Py_XDECREF(left);
    uint32_t seq = shared_seq(p->shared);
    emit(now(), IL_EV_TASK_DONE, 0, p->serial, seq, 0, (uint32_t)n);
    if (n) return Py_NewRef(Py_None);
    if (p->shared) __atomic_store_n(&p->shared->cause, seq, __ATOMIC_RELEASE);
    return PyObject_CallMethodObjArgs(condition, s_notify_all, NULL);
}

static PyObject *joinable_task_done(PyObject *self, PyObject *unused) {
    (void)unused;
    Pipe *p = pipe_of(self);
    if (!p) return PyObject_CallFunctionObjArgs(native_task_done, self, NULL);
    PyObject *condition = PyObject_GetAttr(self, s_cond), *inside = condition ? cond_enter(condition) : NULL, *done = NULL;
    if (inside) {
        done = cond_exit(condition, task_done_held(self, condition, p));
        if (done && done != Py_None) Py_DECREF(done), done = Py_NewRef(Py_None);
    }
    Py_XDECREF(inside);
    Py_XDECREF(condition);
    return done;
}

static PyObject *joinable_join(PyObject *self, PyObject *unused) {
    (void)unused;
    Pipe *p = pipe_of(self);
    PyObject *none_left = p ? ask_unfinished(self, s_is_zero) : NULL;
    bool waits = none_left && PyObject_IsTrue(none_left) == 0;
    Py_XDECREF(none_left);
    if (!waits) return PyObject_CallFunctionObjArgs(native_join, self, NULL);
    pipe_hold(p);
    uint64_t since = now();
    emit_wait(since, IL_WHY_QUEUE_JOIN, p->serial, 0);
    PyObject *done = PyObject_CallFunctionObjArgs(native_join, self, NULL), *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    uint32_t cause = p->shared ? __atomic_load_n(&p->shared->cause, __ATOMIC_ACQUIRE) : 0;
    emit_wake(now(), done ? GOT : RAISED, p->serial, cause);
    PyErr_Restore(type, value, trace);
    pipe_drop(p);
    return done;
}

/* ── the hooks ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool hook_joinable(PyObject *module) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef put = {"put", (PyCFunction)(void (*)(void))joinable_put, FLAGS,
                                    "($self, obj, block=True, timeout=None)"};
    static const PyMethodDef task_done = {"task_done", joinable_task_done, METH_NOARGS, "($self)"};
    static const PyMethodDef join = {"join", joinable_join, METH_NOARGS, "($self)"};
    s_unfinished = intern("_unfinished_tasks"), s_cond = intern("_cond"), s_semlock = intern("_semlock");
    s_is_zero = intern("_is_zero"), s_get_value = intern("_get_value"), s_acquire = intern("acquire");
    s_notify_all = intern("notify_all");
    PyObject *cls = PyObject_GetAttrString(module, "JoinableQueue");
    return cls && method_replace(cls, &put, &native_joinable_put) && method_replace(cls, &task_done, &native_task_done) &&
           method_replace(cls, &join, &native_join);
}

static bool hook_simple(PyObject *module) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))simple_init, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, *, ctx)"};
    static const PyMethodDef setstate = {"__setstate__", simple_setstate, METH_O, "($self, state)"};
    PyObject *cls = PyObject_GetAttrString(module, "SimpleQueue");
    return cls && method_replace(cls, &init, &native_simple_init) && method_replace(cls, &setstate, &native_simple_setstate);
}

bool hook_process_queue(PyObject *module) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef reset = {"_reset", (PyCFunction)(void (*)(void))queue_reset, FLAGS,
                                      "($self, after_fork=False)"};
    static const PyMethodDef get = {"get", (PyCFunction)(void (*)(void))queue_get, FLAGS,
                                    "($self, block=True, timeout=None)"};
    static const PyMethodDef put = {"put", (PyCFunction)(void (*)(void))queue_put, FLAGS,
                                    "($self, obj, block=True, timeout=None)"};
    s_rlock = intern("_rlock"), s_wlock = intern("_wlock"), s_sem = intern("_sem");
    s_buffer = intern("_buffer"), s_reader = intern("_reader"), s_notempty = intern("_notempty");
    sentinel = PyObject_GetAttrString(module, "_sentinel");
    empty = PyObject_GetAttrString(module, "Empty"), full = PyObject_GetAttrString(module, "Full");
    PyObject *cls = PyObject_GetAttrString(module, "Queue");
    return cls && sentinel && empty && full && buffer_install() && method_replace(cls, &reset, &native_reset) &&
           method_replace(cls, &get, &native_get) && method_replace(cls, &put, &native_put) && hook_joinable(module) &&
           hook_simple(module);
}
