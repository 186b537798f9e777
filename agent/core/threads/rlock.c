/* threading.RLock: a lock that its owner may take again. `depth` goes with each acquire and release (1 = outermost, and
 * 0 left = free). Condition.wait gives up all levels at once through _release_save and takes them back in one go. */
#include "core.h"
#include "gil.h"
#include <stddef.h>
#include <string.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    Gate gate;
    PyObject *weakrefs;
    unsigned long ident; /* of the owner, as threading.get_ident() says it; 0 = free */
    unsigned long depth;
    uint32_t serial, seq, owner;
    bool visible;
} RLock;

PyTypeObject *rlock_type;
static PyObject *native_make;

static inline void tell_acquire(RLock *self, uint64_t time, uint32_t flags, uint32_t site) {
    emit(time, IL_EV_ACQUIRE, flags, self->serial, ++self->seq, site, (uint32_t)self->depth);
}

static inline void got(RLock *self, const Thread *me, unsigned long depth) {
    self->ident = me->ident;
    self->depth = depth;
    self->owner = me->serial;
}

static int acquire_contended(RLock *self, const Thread *me, unsigned long depth, const Patience *p) {
    uint64_t since = now(), until = since;
    uint32_t why = IL_WHY_LOCK | timed(p->timeout_ns >= 0);
    uint32_t site = self->visible ? emit_wait(since, why, self->serial, self->owner) : 0;
    Py_INCREF(self);
    Outcome how = gate_wait(&self->gate, p, &until);
    if (how == GOT) got(self, me, depth);
    if (self->visible) emit_wake(until, how, self->serial, self->seq);
    if (self->visible && how == GOT) tell_acquire(self, until, IL_FLAG_CONTENDED, site);
    gil_tell();
    Py_DECREF(self);
    return how == GOT ? 1 : how == TIMED_OUT ? 0 : -1;
}

static inline int acquire(RLock *self, unsigned long depth, const Patience *p) {
    const Thread *me = thread_here();
    if (self->owner == me->serial && self->depth) {
        if (self->depth + 1 == 0) return PyErr_SetString(PyExc_OverflowError, "Internal lock count overflowed"), -1;
        self->depth++;
        if (self->visible) tell_acquire(self, now(), 0, site_here());
        return 1;
    }
    if (likely(gate_try(&self->gate))) {
        got(self, me, depth);
        uint32_t site = self->visible ? site_here() : 0;
        if (self->visible) tell_acquire(self, now(), 0, site);
        return 1;
    }
    if (p->blocking && p->timeout_ns != 0) return acquire_contended(self, me, depth, p);
    if (self->visible) emit(now(), IL_EV_REFUSED, 0, self->serial, 0, site_here(), 0);
    return 0;
}

static PyObject *rlock_acquire(RLock *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Patience p = for_ever;
    if ((nargs || kwnames) && !patience_parse(native_make, args, nargs, kwnames, &p)) return NULL;
    int ok = acquire(self, 1, &p);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

static PyObject *rlock_enter(RLock *self, PyObject *unused) {
    (void)unused;
    int ok = acquire(self, 1, &for_ever);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

/* `left` levels stay; the gate opens at 0. */
static void give(RLock *self, unsigned long left) {
    if (self->visible) emit(now(), IL_EV_RELEASE, 0, self->serial, ++self->seq, 0, (uint32_t)left);
    if ((self->depth = left)) return;
    self->ident = 0;
    self->owner = 0;
    gate_give(&self->gate);
}

static bool is_owned(RLock *self) { return self->depth && self->owner == thread_here()->serial; }

static PyObject *rlock_release(RLock *self, PyObject *unused) {
    (void)unused;
    if (unlikely(!is_owned(self))) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    give(self, self->depth - 1);
    Py_RETURN_NONE;
}

static PyObject *rlock_exit(RLock *self, PyObject *const *args, Py_ssize_t nargs) {
    (void)args, (void)nargs;
    return rlock_release(self, NULL);
}

static PyObject *rlock_is_owned(RLock *self, PyObject *unused) {
    (void)unused;
    return PyBool_FromLong(is_owned(self));
}

static PyObject *rlock_locked(RLock *self, PyObject *unused) {
    (void)unused;
    return PyBool_FromLong(self->depth != 0);
}

static PyObject *rlock_recursion_count(RLock *self, PyObject *unused) {
    (void)unused;
    return PyLong_FromUnsignedLong(is_owned(self) ? self->depth : 0);
}

static PyObject *rlock_release_save(RLock *self, PyObject *unused) {
    (void)unused;
    if (!self->depth) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    PyObject *state = Py_BuildValue("kk", self->depth, self->ident);
    if (state) give(self, 0);
    return state;
}

static PyObject *rlock_acquire_restore(RLock *self, PyObject *state) {
    unsigned long depth, ident;
    PyObject *args = PyTuple_Pack(1, state);
    bool understood = args && PyArg_ParseTuple(args, "(kk):_acquire_restore", &depth, &ident);
    Py_XDECREF(args);
    if (!understood) return NULL;
    if (acquire(self, depth, &for_ever) < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject *rlock_after_fork(RLock *self, PyObject *unused) {
    (void)unused;
    self->gate = (Gate){0};
    self->ident = self->depth = 0;
    self->owner = 0;
    Py_RETURN_NONE;
}

static PyObject *rlock_repr(RLock *self) {
    PyObject *type = (PyObject *)Py_TYPE(self), *module = PyObject_GetAttrString(type, "__module__");
    PyObject *name = PyObject_GetAttrString(type, "__qualname__");
    PyObject *text = module && name ? PyUnicode_FromFormat("<%s %U.%U object owner=%lu count=%lu at %p>",
                                          self->depth ? "locked" : "unlocked", module, name, self->ident, self->depth, self)
                                    : NULL;
    Py_XDECREF(module);
    Py_XDECREF(name);
    return text;
}

static void rlock_dealloc(RLock *self) {
    PyTypeObject *type = Py_TYPE(self);
    if (self->weakrefs) PyObject_ClearWeakRefs((PyObject *)self);
    gate_free(&self->gate);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

/* Made by the import system, or by the library for itself: silent. What the program asked for is one call away, through
 * threading.RLock(), or two, in a Condition's own. */
static PyObject *rlock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)args, (void)kwargs;
    RLock *self = (RLock *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self) return NULL;
    Site site = site_find(condition_making ? 2 : 1);
    self->visible = site.own;
    if (!self->visible) return (PyObject *)self;
    self->serial = next_serial();
    emit(now(), IL_EV_NEW, IL_OBJ_RLOCK | internal_flag(site), self->serial, ++self->seq, site.id, 0);
    return (PyObject *)self;
}

uint32_t lock_serial(PyObject *lock) {
    if (Py_TYPE(lock) == lock_type) return ((Lock *)lock)->serial;
    return PyType_IsSubtype(Py_TYPE(lock), rlock_type) ? ((RLock *)lock)->serial : 0;
}

static const PyMethodDef methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))rlock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"release", (PyCFunction)rlock_release, METH_NOARGS, NULL},
    {"__enter__", (PyCFunction)rlock_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))rlock_exit, METH_FASTCALL, NULL},
    {"locked", (PyCFunction)rlock_locked, METH_NOARGS, NULL},
    {"_is_owned", (PyCFunction)rlock_is_owned, METH_NOARGS, NULL},
    {"_recursion_count", (PyCFunction)rlock_recursion_count, METH_NOARGS, NULL},
    {"_release_save", (PyCFunction)rlock_release_save, METH_NOARGS, NULL},
    {"_acquire_restore", (PyCFunction)rlock_acquire_restore, METH_O, NULL},
    {"_at_fork_reinit", (PyCFunction)rlock_after_fork, METH_NOARGS, NULL},
    {0},
};
static PyMemberDef members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(RLock, weakrefs), READONLY, NULL}, {0}};

bool rlock_install(PyObject *thread) {
    if (!(native_make = PyObject_GetAttrString(thread, "RLock"))) return false;
    PyType_Slot slots[] = {
        {Py_tp_methods, methods_like(native_make, methods)},
        {Py_tp_members, members},
        {Py_tp_dealloc, rlock_dealloc},
        {Py_tp_repr, rlock_repr},
        {Py_tp_new, rlock_new},
        {0},
    };
    PyType_Spec spec = {"_thread.RLock", sizeof(RLock), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, slots};
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return false;
    rlock_type = (PyTypeObject *)type;
    stand_for(type, native_make);
    return PyObject_SetAttrString(thread, "RLock", type) == 0;
}
