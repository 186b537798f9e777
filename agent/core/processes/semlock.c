/* _multiprocessing.SemLock: under every Lock, RLock, Semaphore, Condition, Event and Barrier of multiprocessing lies one,
 * a semaphore of the system's that several processes have open. A subclass of the native type takes its place and does what
 * it does, call by call; all processes of the run count its events together (shared.c).
 *
 *   process A   acquire 5 ───── release 6 ┐ counted and stamped before sem_post
 *   process B         wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┴ wake (cause 6), acquire 7: counted after sem_wait, while it is held
 *
 * What it tells, and whose it is, stands in semlock_tell.c. */
#include "semlock.h"
#include "gil.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static PyTypeObject *native_type, *semlock_type;
static Py_ssize_t offset;
static PyObject *s_semlock, *s_wait_semaphore;

static inline Semlock *at(PyObject *self) { return (Semlock *)((char *)self + offset); }

/* ── making ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static long number(PyObject *self, const char *attribute) {
    PyObject *value = PyObject_GetAttrString(self, attribute);
    long n = value ? PyLong_AsLong(value) : 0;
    Py_XDECREF(value);
    return n;
}

static PyObject *begin(PyObject *self, PyObject *name) {
    if (!self) return NULL;
    Semlock *s = at(self);
    memset(s, 0, sizeof *s); /* some versions do not */
    s->role = SILENT;
    PyObject *handle = PyObject_GetAttrString(self, "handle");
    s->sem = handle ? PyLong_AsVoidPtr(handle) : NULL;
    Py_XDECREF(handle);
    s->maxvalue = (int)number(self, "maxvalue");
    s->recursive = number(self, "kind") == 0;
    const char *text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    if (text && (s->key = malloc(strlen(text) + 5))) sprintf(s->key, "sem:%s", text);
    if (!PyErr_Occurred() && s->sem) return self;
    Py_DECREF(self);
    return NULL;
}

/* SemLock(kind, value, maxvalue, name, unlink): an unlinked one forgets its name, we do not */
static PyObject *semlock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *self = ((newfunc)PyType_GetSlot(native_type, Py_tp_new))(type, args, kwargs);
    PyObject *name = PyTuple_Size(args) > 3 ? PyTuple_GetItem(args, 3) : kwargs ? PyDict_GetItemString(kwargs, "name") : NULL;
    return begin(self, name);
}

/* _rebuild(handle, kind, maxvalue, name): what another process pickled */
static PyObject *semlock_rebuild(PyObject *type, PyObject *args) {
    PyObject *members = PyObject_GetAttrString((PyObject *)native_type, "__dict__");
    PyObject *native = members ? PyObject_GetItem(members, PyUnicode_InternFromString("_rebuild")) : NULL;
    PyObject *bound = native ? PyObject_CallMethod(native, "__get__", "OO", Py_None, type) : NULL;
    PyObject *self = bound ? PyObject_CallObject(bound, args) : NULL;
    Py_XDECREF(bound);
    Py_XDECREF(native);
    Py_XDECREF(members);
    return begin(self, self ? PyTuple_GetItem(args, 3) : NULL);
}

static void semlock_dealloc(PyObject *self) {
    Semlock *s = at(self);
    subject_drop(s->subject);
    free(s->key);
    ((destructor)PyType_GetSlot(native_type, Py_tp_dealloc))(self);
}

/* ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────── */
Semlock *semlock_of(PyObject *lock) {
    if (!lock || !semlock_type) return NULL;
    if (Py_TYPE(lock) == semlock_type) return at(lock);
    PyObject *inner = PyObject_GetAttr(lock, s_semlock);
    if (!inner) return PyErr_Clear(), NULL;
    Semlock *s = Py_TYPE(inner) == semlock_type ? at(inner) : NULL;
    Py_DECREF(inner); /* the lock keeps it */
    return s;
}

Subject *semlock_subject(PyObject *condition) {
    if (!semlock_type) return NULL;
    PyObject *semaphore = PyObject_GetAttr(condition, s_wait_semaphore);
    if (!semaphore) return PyErr_Clear(), NULL;
    Semlock *s = semlock_of(semaphore);
    Py_DECREF(semaphore); /* the condition keeps it */
    return s ? s->subject : NULL;
}

/* ── acquire ────────────────────────────────────────────────────────────────────────────────────────────────────── */
bool semlock_is_mine(const Semlock *s) { return s->count > 0 && s->ident == thread_here()->ident; }

int semlock_value(const Semlock *s) {
    int value = 0;
    return sem_getvalue(s->sem, &value) == 0 && value > 0 ? value : 0;
}

static inline void got(Semlock *s) {
    s->count++;
    s->ident = thread_here()->ident;
}

/* As the native one waits; `until`: when that was over. */
static Outcome block(Semlock *s, const struct timespec *deadline, uint64_t *until) {
    for (;;) {
        int failed, error;
        Py_BEGIN_ALLOW_THREADS
        failed = deadline ? sem_timedwait(s->sem, deadline) : sem_wait(s->sem);
        error = errno;
        gil_keep();
        *until = now();
        Py_END_ALLOW_THREADS
        if (!failed) return GOT;
        if (error == ETIMEDOUT || error == EAGAIN) return TIMED_OUT;
        gil_tell();
        if (error == EINTR && PyErr_CheckSignals() == 0) continue;
        errno = error;
        if (error != EINTR) PyErr_SetFromErrno(PyExc_OSError);
        *until = now(); /* a signal's handler may have told something */
        return RAISED;
    }
}

static int acquire_contended(PyObject *self, Semlock *s, const struct timespec *deadline, SemlockBefore before) {
    SemlockKept k = semlock_kept(s);
    uint64_t since = now(), until = since;
    if (k.object && s->role != VISIBLE && part_of_wait()) k.object = 0;
    uint32_t site = k.object ? emit_wait(since, k.why | timed(deadline), k.object, k.holder) : 0;
    Py_INCREF(self);
    Outcome how = block(s, deadline, &until);
    if (how == GOT) got(s);
    uint32_t seq = how == GOT && s->role == VISIBLE ? shared_seq(s->shared) : 0;
    if (k.object) emit_wake(until, how, k.object, how == GOT ? semlock_cause(s, before, seq) : 0);
    if (how == GOT && s->role == VISIBLE) semlock_tell_acquire(s, until, IL_FLAG_CONTENDED, seq, site);
    gil_tell();
    Py_DECREF(self);
    return how == GOT ? 1 : how == TIMED_OUT ? 0 : -1;
}

/* The notify came between giving up the condition's lock and waiting: a wait of no length, with its cause. */
static void let_go_at_once(Semlock *s, const struct timespec *deadline) {
    uint64_t t = now();
    emit_wait(t, s->why | timed(deadline), s->subject->serial, 0);
    emit_wake(t, GOT, s->subject->serial, semlock_cause(s, (SemlockBefore){0}, 0));
}

/* `deadline`: NULL = for ever; `soon`: it has passed already */
static int acquire(PyObject *self, bool blocking, const struct timespec *deadline, bool soon) {
    Semlock *s = at(self);
    if (s->recursive && semlock_is_mine(s)) {
        s->count++;
        if (s->role == VISIBLE) semlock_tell_acquire(s, now(), 0, shared_seq(s->shared), site_here());
        return 1;
    }
    SemlockBefore before = s->shared ? (SemlockBefore){s->shared->seq, s->shared->sent} : (SemlockBefore){0};
    if (likely(sem_trywait(s->sem) == 0)) {
        got(s);
        if (s->role == VISIBLE) {
            uint32_t seq = shared_seq(s->shared), site = site_here();
            semlock_tell_acquire(s, now(), 0, seq, site);
        } else if (s->role == WAITER && blocking)
            let_go_at_once(s, deadline);
        return 1;
    }
    if (errno != EAGAIN && errno != EINTR) return PyErr_SetFromErrno(PyExc_OSError), -1;
    if (blocking && !soon) return acquire_contended(self, s, deadline, before);
    uint32_t tried = s->role == VISIBLE ? s->serial : s->role == WAITER && blocking ? s->subject->serial : 0;
    if (tried) emit(now(), IL_EV_REFUSED, 0, tried, 0, site_here(), 0);
    return 0;
}

/* What is not plainly valid is tried on a native semaphore made for that: it says what is wrong in the words of its version,
 * or it takes the arguments, and so do we. */
static bool native_takes(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    char name[64];
    snprintf(name, sizeof name, "/ilve-%lx-%llx", PyThread_get_thread_ident(), (unsigned long long)kernel_now());
    PyObject *native = PyObject_CallFunction((PyObject *)native_type, "iiisi", 1, 1, 1, name, 1);
    PyObject *method = native ? PyObject_GetAttrString(native, "acquire") : NULL;
    PyObject *taken = method ? call(method, NULL, args, nargs, kwnames) : NULL;
    bool valid = taken != NULL;
    Py_XDECREF(taken);
    Py_XDECREF(method);
    Py_XDECREF(native);
    return valid;
}

static bool deadline_in(double seconds, struct timespec *deadline) {
    struct timeval t;
    if (gettimeofday(&t, NULL) < 0) return PyErr_SetFromErrno(PyExc_OSError), false;
    long whole = (long)seconds, rest = (long)(1e9 * (seconds - (double)whole) + 0.5) + t.tv_usec * 1000;
    *deadline = (struct timespec){t.tv_sec + whole + rest / 1000000000, rest % 1000000000};
    return true;
}

/* acquire(block=True, timeout=None) */
static PyObject *semlock_acquire(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    struct timespec deadline, *until = NULL;
    bool blocking = true, soon = false;
    if (nargs || kwnames) {
        PyObject *block = argument(args, nargs, kwnames, 0, "block"), *timeout = argument(args, nargs, kwnames, 1, "timeout");
        bool plain = nargs + (kwnames ? PyTuple_Size(kwnames) : 0) == !!block + !!timeout && (!block || PyLong_Check(block)) &&
                     (!timeout || timeout == Py_None || PyFloat_Check(timeout) || PyLong_Check(timeout));
        if (!plain && !native_takes(args, nargs, kwnames)) return NULL;
        if (block) blocking = PyObject_IsTrue(block) == 1;
        if (timeout && timeout != Py_None) {
            double seconds = PyFloat_AsDouble(timeout);
            if (PyErr_Occurred() || !deadline_in(seconds > 0 ? seconds : 0, until = &deadline)) return NULL;
            soon = !(seconds > 0);
        }
    }
    int ok = acquire(self, blocking, until, soon);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

static PyObject *semlock_enter(PyObject *self, PyObject *unused) {
    (void)unused;
    int ok = acquire(self, true, NULL, false);
    return ok < 0 ? NULL : PyBool_FromLong(ok);
}

/* ── release ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *semlock_release(PyObject *self, PyObject *unused) {
    (void)unused;
    Semlock *s = at(self);
    int value;
    if (s->recursive && !semlock_is_mine(s)) {
        PyErr_SetString(PyExc_AssertionError, "attempt to release recursive lock not owned by thread");
        return NULL;
    }
    if (!s->recursive && sem_getvalue(s->sem, &value) < 0) return PyErr_SetFromErrno(PyExc_OSError);
    if (!s->recursive && value >= s->maxvalue) {
        PyErr_SetString(PyExc_ValueError, "semaphore or lock released too many times");
        return NULL;
    }
    if (s->role == VISIBLE) semlock_tell_release(s);
    bool stays = s->recursive && s->count > 1;
    if (!stays && sem_post(s->sem) < 0) return PyErr_SetFromErrno(PyExc_OSError);
    s->count--;
    Py_RETURN_NONE;
}

static PyObject *semlock_exit(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    (void)args, (void)nargs;
    return semlock_release(self, NULL);
}

static PyObject *semlock_count(PyObject *self, PyObject *unused) { return (void)unused, PyLong_FromLong(at(self)->count); }

static PyObject *semlock_mine(PyObject *self, PyObject *unused) {
    return (void)unused, PyBool_FromLong(semlock_is_mine(at(self)));
}

static PyObject *semlock_after_fork(PyObject *self, PyObject *unused) {
    (void)unused;
    at(self)->count = 0;
    Py_RETURN_NONE;
}

static const PyMethodDef methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))semlock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"release", semlock_release, METH_NOARGS, NULL},
    {"__enter__", semlock_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))semlock_exit, METH_FASTCALL, NULL},
    {"_count", semlock_count, METH_NOARGS, NULL},
    {"_is_mine", semlock_mine, METH_NOARGS, NULL},
    {"_after_fork", semlock_after_fork, METH_NOARGS, NULL},
    {"_rebuild", semlock_rebuild, METH_VARARGS | METH_CLASS, NULL},
    {0},
};

bool hook_semlock(PyObject *module) {
    PyObject *native = PyObject_GetAttrString(module, "SemLock"), *bases = native ? PyTuple_Pack(1, native) : NULL;
    PyObject *size = native ? PyObject_GetAttrString(native, "__basicsize__") : NULL;
    if (!bases || !size) return false;
    s_semlock = PyUnicode_InternFromString("_semlock"), s_wait_semaphore = PyUnicode_InternFromString("_wait_semaphore");
    native_type = (PyTypeObject *)native;
    offset = (PyLong_AsSsize_t(size) + 15) & ~(Py_ssize_t)15;
    PyType_Slot slots[] = {
        {Py_tp_methods, methods_like(native, methods)},
        {Py_tp_new, semlock_new},
        {Py_tp_dealloc, semlock_dealloc},
        {Py_tp_doc, (void *)doc_of(native)},
        {0},
    };
    PyType_Spec spec = {"_multiprocessing.SemLock", (int)(offset + (Py_ssize_t)sizeof(Semlock)), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    semlock_type = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
    Py_DECREF(bases);
    Py_DECREF(size);
    return semlock_type && PyObject_SetAttrString(module, "SemLock", (PyObject *)semlock_type) == 0;
}
