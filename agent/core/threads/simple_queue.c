/* queue.SimpleQueue: a subclass of the C one, whose put and get are told around the native ones. The native put keeps the
 * GIL, so it is told before anyone can take the item; `get` is told after it was got.
 * The subject lies behind the object's own fields: nothing of ours shows. A pool's own queue has the pool for a subject
 * (no items): there only waiting is told, of workers that have nothing to do. */
#include "condition.h"
#include "items.h"

static PyTypeObject *type;
static Py_ssize_t subject_offset;
static PyObject *native_put, *native_get, *native_qsize, *empty;

static inline Subject **subject_in(PyObject *self) { return (Subject **)((char *)self + subject_offset); }

static PyObject *made(PyTypeObject *cls, PyObject *args, PyObject *kwargs) {
    PyTypeObject *native = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base);
    PyObject *self = ((newfunc)PyType_GetSlot(native, Py_tp_new))(cls, args, kwargs);
    Subject *s = self ? subject_made(IL_OBJ_SIMPLE_QUEUE, 0) : NULL;
    if (s) s->items = items_new(NEARLY_FIRST_OUT);
    if (self) *subject_in(self) = s;
    return self;
}

static void dealloc(PyObject *self) {
    subject_drop(*subject_in(self));
    *subject_in(self) = NULL;
    PyTypeObject *native = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base);
    ((destructor)PyType_GetSlot(native, Py_tp_dealloc))(self);
}

/* Told after the native one took it, and only then; nobody else has run in between. */
static PyObject *put(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Subject *s = *subject_in(self);
    if (!s || !s->items) return call(native_put, self, args, nargs, kwnames);
    uint32_t site = site_here();
    uint64_t time = now();
    PyObject *done = call(native_put, self, args, nargs, kwnames);
    PyObject *item = done ? argument(args, nargs, kwnames, 0, "item") : NULL;
    if (!item) return done;
    uint32_t seq = ++s->seq;
    items_put(s->items, item, seq);
    emit(time, IL_EV_PUT, 0, s->serial, seq, site, items_count(s->items));
    return done;
}

static void tell_got(Subject *s, PyObject *item, uint64_t since, bool waited) {
    uint32_t put_seq = s->items ? items_get(s->items, item) : 0;
    if (waited) emit_wake(now(), GOT, s->serial, put_seq);
    if (s->items) emit(now(), IL_EV_GET, 0, s->serial, ++s->seq, 0, put_seq);
}

/* What has been handed to a thread that has not run yet is in our list still, but no longer in the queue. */
static bool is_empty(PyObject *self) {
    PyObject *size = call(native_qsize, self, NULL, 0, NULL);
    bool none = size && PyLong_AsLong(size) == 0;
    Py_XDECREF(size);
    return none;
}

/* The native get; what it waited, when the queue was empty and it was allowed to. */
static PyObject *get_told(PyObject *self, Subject *s, PyObject *block, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *timeout = argument(args, nargs, kwnames, 1, "timeout");
    bool at_once = timeout && (PyLong_Check(timeout) || PyFloat_Check(timeout)) && PyObject_Not(timeout) == 1;
    bool waited = PyObject_IsTrue(block) == 1 && !at_once && is_empty(self);
    uint64_t since = waited ? now() : 0;
    if (waited) emit_wait(since, IL_WHY_QUEUE_GET | timed_by(timeout), s->serial, 0);
    PyObject *item = call(native_get, self, args, nargs, kwnames);
    if (item) return tell_got(s, item, since, waited), item;
    PyObject *error, *value, *trace;
    PyErr_Fetch(&error, &value, &trace);
    bool was_empty = error && PyErr_GivenExceptionMatches(error, empty);
    if (waited)
        emit_wake(now(), was_empty ? TIMED_OUT : RAISED, s->serial, 0);
    else if (was_empty && s->items)
        emit(now(), IL_EV_REFUSED, 0, s->serial, 0, site_here(), 0);
    PyErr_Restore(error, value, trace);
    return NULL;
}

static PyObject *get(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Subject *s = *subject_in(self);
    PyObject *block = argument(args, nargs, kwnames, 0, "block");
    if (!s) return call(native_get, self, args, nargs, kwnames);
    subject_hold(s);
    PyObject *item = get_told(self, s, block ? block : Py_True, args, nargs, kwnames);
    subject_drop(s);
    return item;
}

static PyObject *put_nowait(PyObject *self, PyObject *item) { return put(self, &item, 1, NULL); }

static PyObject *get_nowait(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *block = Py_False;
    return get(self, &block, 1, NULL);
}

static const PyMethodDef methods[] = {
    {"put", (PyCFunction)(void (*)(void))put, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"get", (PyCFunction)(void (*)(void))get, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"put_nowait", put_nowait, METH_O, NULL},
    {"get_nowait", get_nowait, METH_NOARGS, NULL},
    {0},
};

void simple_queue_speak_for(PyObject *queue, Subject *pool) {
    if (queue && type && PyObject_TypeCheck(queue, type) && !*subject_in(queue)) *subject_in(queue) = subject_hold(pool);
}

Subject *simple_queue_subject(PyObject *queue) {
    return type && PyObject_TypeCheck(queue, type) ? *subject_in(queue) : NULL;
}

bool simple_queue_hook(PyObject *module) {
    PyObject *native = PyObject_GetAttrString(module, "SimpleQueue"), *size = NULL, *bases = NULL;
    if (!native) return false;
    unsigned long flags = PyType_GetFlags((PyTypeObject *)native);
    PyObject *own_dict = PyObject_GetAttrString(native, "__module__");
    bool in_c = own_dict && PyUnicode_CompareWithASCIIString(own_dict, "_queue") == 0 && flags & Py_TPFLAGS_BASETYPE;
    Py_XDECREF(own_dict);
    if (!in_c) return Py_DECREF(native), true; /* the one in Python, made of a Semaphore, tells by that */
    size = PyObject_GetAttrString(native, "__basicsize__"), bases = PyTuple_Pack(1, native);
    native_put = PyObject_GetAttrString(native, "put"), native_get = PyObject_GetAttrString(native, "get");
    native_qsize = PyObject_GetAttrString(native, "qsize"), empty = PyObject_GetAttrString(module, "Empty");
    bool done = size && bases && native_put && native_get && native_qsize && empty;
    if (done) {
        subject_offset = PyLong_AsSsize_t(size);
        PyType_Slot slots[] = {{Py_tp_methods, methods_like(native, methods)}, {Py_tp_new, made},
                               {Py_tp_dealloc, dealloc}, {Py_tp_doc, (void *)doc_of(native)}, {0}};
        PyType_Spec spec = {"_queue.SimpleQueue", (int)(subject_offset + (Py_ssize_t)sizeof(Subject *)), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        type = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
        PyObject *home = PyImport_ImportModule("_queue"); /* where pickle looks the type up */
        done = type && home && PyObject_SetAttrString(module, "SimpleQueue", (PyObject *)type) == 0 &&
               PyObject_SetAttrString(home, "SimpleQueue", (PyObject *)type) == 0;
        Py_XDECREF(home);
    }
    Py_XDECREF(size);
    Py_XDECREF(bases);
    Py_DECREF(native);
    return done;
}
