/* threading.Lock, at the price of the native one: a gate (core.h) inside, one record an operation beside it.
 *
 *   T1  acquire ──────────── release ┐ stamped before the gate opens
 *   T2          wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┴ wake, acquire: stamped when T2 took the gate, not when it got the GIL back
 *
 * `seq` is taken while the lock is held, so it orders what clocks cannot. What a lock tells depends on its role
 * (core.h); the program sees no difference between them. */
#include "core.h"
#include "gil.h"
#include <stddef.h>
#include <string.h>
#include <structmember.h>

PyTypeObject *lock_type;
static PyObject *native_make;

/* What being kept waiting means: for what, why, and who holds it, when that is known. why 0: nothing is told. */
typedef struct {
    uint32_t object, why, holder;
} Kept;

static inline Kept kept(const Lock *self) {
    switch (self->role) {
    case VISIBLE: return (Kept){self->serial, IL_WHY_LOCK, self->owner};
    case INNER: return (Kept){self->subject->serial, IL_WHY_LOCK, self->owner};
    case WAITER: return (Kept){self->subject->serial, self->why, 0};
    default: return (Kept){0, 0, 0};
    }
}

static int acquire_contended(Lock *self, const Patience *p) {
    Kept k = kept(self);
    Thread *me = thread_here();
    if (unlikely(me->inside) && site_find(ANY_CALLS).internal) k.why = 0; /* part of a wait that is told as a whole */
    uint64_t since = now(), until = since;
    uint32_t site = k.why ? emit_wait(since, k.why | timed(p->timeout_ns >= 0), k.object, k.holder) : 0;
    Py_INCREF(self);
    Outcome how = gate_wait(&self->gate, p, &until);
    if (how == GOT) self->owner = me->serial;
    uint32_t cause = self->role == VISIBLE ? self->seq : self->role == WAITER ? self->cause : 0;
    if (k.why) emit_wake(until, how, k.object, cause);
    if (how == GOT && self->role == VISIBLE)
        emit(until, IL_EV_ACQUIRE, IL_FLAG_CONTENDED, self->serial, ++self->seq, site, 0);
    gil_tell();
    if (self->role == WAITER) me->refusing = how == TIMED_OUT ? k.object : 0;
    Py_DECREF(self);
    return how == GOT ? 1 : how == TIMED_OUT ? 0 : -1;
}

/* The notify came between giving up the condition's lock and waiting: a wait of no length, with its cause. */
static void let_go_at_once(Lock *self, const Patience *p) {
    uint64_t t = now();
    emit_wait(t, self->why | timed(p->timeout_ns >= 0), self->subject->serial, 0);
    emit_wake(t, GOT, self->subject->serial, self->cause);
}

static inline int acquire(Lock *self, const Patience *p) {
    if (likely(gate_try(&self->gate))) {
        self->owner = thread_here()->serial;
        if (self->role == VISIBLE) {
            uint32_t site = site_here();
            emit(now(), IL_EV_ACQUIRE, 0, self->serial, ++self->seq, site, 0);
        } else if (self->role == WAITER)
            let_go_at_once(self, p);
        return 1;
    }
    if (p->blocking && p->timeout_ns != 0) return acquire_contended(self, p);
    /* of a waiter: a wait(0), which only looks */
    uint32_t tried = self->role == VISIBLE ? self->serial : self->role == WAITER ? self->subject->serial : 0;
    if (tried) emit(now(), IL_EV_REFUSED, 0, tried, 0, site_here(), 0);
    return 0;
}

static PyObject *lock_acquire(Lock *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Patience p = for_ever;
    if ((nargs || kwnames) && !patience_parse(native_make, args, nargs, kwnames, &p)) return NULL;
    int ok = acquire(self, &p);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

static PyObject *lock_enter(Lock *self, PyObject *unused) {
    (void)unused;
    int ok = acquire(self, &for_ever);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

static PyObject *lock_release(Lock *self, PyObject *unused) {
    (void)unused;
    if (unlikely(!self->gate.taken)) {
        PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
        return NULL;
    }
    if (self->role == VISIBLE) {
        uint32_t foreign = self->owner == thread_here()->serial ? 0 : IL_FLAG_FOREIGN;
        emit(now(), IL_EV_RELEASE, foreign, self->serial, ++self->seq, 0, 0);
    } else if (self->role == WAITER && self->why == IL_WHY_FUTURE)
        self->cause = actor_here();
    else if (self->role == WAITER)
        self->cause = self->subject->seq > self->cause ? self->subject->seq : 0; /* 0: let go without an event */
    self->owner = 0;
    gate_give(&self->gate);
    Py_RETURN_NONE;
}

void queue_refused(Subject *s, PyObject *error); /* queue.c */

/* with q.mutex: … raise Full. The only place that sees a queue refuse, whatever path of put or get led there. */
static PyObject *lock_exit(Lock *self, PyObject *const *args, Py_ssize_t nargs) {
    if (self->role == INNER && nargs && args[0] != Py_None) queue_refused(self->subject, args[0]);
    return lock_release(self, NULL);
}

static PyObject *lock_locked(Lock *self, PyObject *unused) {
    (void)unused;
    return PyBool_FromLong(self->gate.taken);
}

static PyObject *lock_after_fork(Lock *self, PyObject *unused) {
    (void)unused;
    self->gate = (Gate){0}; /* the old door may be in any state: left alone, as CPython does */
    self->owner = 0;
    Py_RETURN_NONE;
}

static PyObject *lock_repr(Lock *self) {
    return PyUnicode_FromFormat("<%s _thread.lock object at %p>", self->gate.taken ? "locked" : "unlocked", self);
}

static void lock_dealloc(Lock *self) {
    PyTypeObject *type = Py_TYPE(self);
    if (self->weakrefs) PyObject_ClearWeakRefs((PyObject *)self);
    gate_free(&self->gate);
    subject_drop(self->subject);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *lock_make(void) {
    Lock *self = PyObject_New(Lock, lock_type);
    if (!self) return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    Site site = site_find(0);
    self->role = site.own ? VISIBLE : SILENT;
    if (self->role == SILENT) return (PyObject *)self;
    self->serial = next_serial();
    emit(now(), IL_EV_NEW, IL_OBJ_LOCK | internal_flag(site), self->serial, ++self->seq, site.id, 0);
    return (PyObject *)self;
}

static PyObject *allocate_lock(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return lock_make();
}

static PyObject *lock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)type;
    if (PyTuple_Size(args) || (kwargs && PyDict_Size(kwargs))) return PyObject_Call(native_make, args, kwargs);
    return lock_make();
}

/* A silent lock found inside a queue, semaphore, event or barrier. */
void lock_speak_for(PyObject *lock, Subject *s) {
    if (!lock || Py_TYPE(lock) != lock_type) return;
    Lock *self = (Lock *)lock;
    if (self->role == VISIBLE || self->subject == s) return;
    subject_drop(self->subject);
    self->subject = subject_hold(s);
    self->role = INNER;
}

static const PyMethodDef methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))lock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"acquire_lock", (PyCFunction)(void (*)(void))lock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"release", (PyCFunction)lock_release, METH_NOARGS, NULL},
    {"release_lock", (PyCFunction)lock_release, METH_NOARGS, NULL},
    {"locked", (PyCFunction)lock_locked, METH_NOARGS, NULL},
    {"locked_lock", (PyCFunction)lock_locked, METH_NOARGS, NULL},
    {"__enter__", (PyCFunction)lock_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))lock_exit, METH_FASTCALL, NULL},
    {"_at_fork_reinit", (PyCFunction)lock_after_fork, METH_NOARGS, NULL},
    {0},
};
static PyMemberDef members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(Lock, weakrefs), READONLY, NULL}, {0}};

/* In 3.13 threading.Lock became the type itself; before, it is a function and the type cannot be called. */
bool lock_install(PyObject *thread) {
    PyObject *native = PyObject_GetAttrString(thread, "LockType");
    native_make = PyObject_GetAttrString(thread, "allocate_lock");
    if (!native || !native_make) return false;
    bool callable = PyObject_HasAttrString(thread, "lock");
    PyType_Slot slots[] = {
        {Py_tp_methods, methods_like(native, methods)},
        {Py_tp_members, members},
        {Py_tp_dealloc, lock_dealloc},
        {Py_tp_repr, lock_repr},
        {Py_tp_doc, (void *)doc_of(native)},
        {callable ? Py_tp_new : 0, lock_new},
        {0},
    };
    PyType_Spec spec = {"_thread.lock", sizeof(Lock), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};
    if (!callable) spec.flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return false;
    lock_type = (PyTypeObject *)type;
    stand_for(type, native);
    static const PyMethodDef def = {"allocate_lock", allocate_lock, METH_NOARGS, NULL};
    static const PyMethodDef older = {"allocate", allocate_lock, METH_NOARGS, NULL};
    PyObject *make = function_named(&def, thread, "_thread", native_make);
    PyObject *make_older = function_named(&older, thread, "_thread", native_make);
    return make && make_older && !PyObject_SetAttrString(thread, "LockType", type) &&
           (!callable || !PyObject_SetAttrString(thread, "lock", type)) &&
           !PyObject_SetAttrString(thread, "allocate_lock", make) && !PyObject_SetAttrString(thread, "allocate", make_older);
}
