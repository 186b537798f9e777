/* multiprocessing's Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event and Barrier, and the locks of Value and Array.
 * Each is written in Python over semaphores (semlock.c), which stay silent but for what the program made them for:
 *
 *   Lock, RLock, Semaphore …        its semaphore is it
 *   Condition, Event, Barrier       `_wait_semaphore` speaks for it: a wait for it, and under its name other processes know
 *                                   it; its lock, when the library made it for itself, only tells that somebody waits
 *
 * notify, set and arrive are told under the condition's lock, with the seq that those who are let go find as their cause.
 * Barrier is threading's over a Condition of these: barrier.c tells it. */
#include "semlock.h"
#include "condition.h"
#include <limits.h>

static PyObject *lock_class, *rlock_class, *bounded_class;
static PyObject *native_semlock_init, *native_semlock_setstate;
static PyObject *native_init, *native_setstate, *native_wait, *native_notify;
static PyObject *native_event_init, *native_clear, *native_barrier_init, *native_shared_init;
static PyObject *s_lock, *s_cond, *s_wait_semaphore, *s_sleeping, *s_woken, *s_flag, *s_acquire;

/* The semaphore of one of the object's locks; the object keeps both. */
static Semlock *part(PyObject *object, PyObject *attribute) {
    PyObject *lock = object ? PyObject_GetAttr(object, attribute) : NULL;
    if (!lock) return PyErr_Clear(), NULL;
    Semlock *s = semlock_of(lock);
    Py_DECREF(lock);
    return s;
}

/* ── Lock, RLock, Semaphore, BoundedSemaphore ───────────────────────────────────────────────────────────────────── */
static uint16_t kind_of(PyObject *lock) {
    if (PyObject_IsInstance(lock, rlock_class) == 1) return IL_OBJ_RLOCK;
    if (PyObject_IsInstance(lock, lock_class) == 1) return IL_OBJ_LOCK;
    return PyObject_IsInstance(lock, bounded_class) == 1 ? IL_OBJ_BOUNDED_SEMAPHORE : IL_OBJ_SEMAPHORE;
}

static void show(PyObject *lock, Site site) {
    Semlock *s = semlock_of(lock);
    uint16_t kind = s ? kind_of(lock) : 0;
    bool permits = kind == IL_OBJ_SEMAPHORE || kind == IL_OBJ_BOUNDED_SEMAPHORE;
    semlock_show(s, kind, site, permits ? (uint32_t)semlock_value(s) : 0);
}

/* Two calls away is the program's mp.Lock(); what is further away the library made for itself. */
static PyObject *semlock_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_semlock_init, self, args, nargs, kwnames);
    Site site = site_find(2);
    if (done && site.own) show(self, site);
    return done;
}

static PyObject *semlock_setstate(PyObject *self, PyObject *state) {
    PyObject *done = PyObject_CallFunctionObjArgs(native_semlock_setstate, self, state, NULL);
    if (done) semlock_came(semlock_of(self));
    return done;
}

/* ── Condition ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The condition speaks for a new object of that kind. */
static void speak(PyObject *condition, uint16_t kind, Site site, uint32_t arg) {
    Semlock *waiter = part(condition, s_wait_semaphore);
    Subject *s = waiter && waiter->key && !waiter->subject ? subject_shared(kind, waiter->key) : NULL;
    if (!s) return;
    if (s->shared) s->shared->kind = kind;
    emit(now(), IL_EV_NEW, kind | internal_flag(site), s->serial, subject_seq(s), site.id, arg);
    semlock_make_waiter(waiter, s);
    subject_drop(s);
}

/* Its lock, when the library made that too, tells who has to wait for it. */
static void lock_speaks(PyObject *condition) {
    Subject *s = semlock_subject(condition);
    PyObject *lock = s && s->kind != IL_OBJ_CONDITION ? PyObject_GetAttr(condition, s_lock) : NULL;
    if (lock) semlock_speak_for(lock, s, IL_WHY_LOCK);
    Py_XDECREF(lock);
    PyErr_Clear();
}

static PyObject *condition_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    Site site = site_find(1);
    PyObject *lock = done && site.own ? PyObject_GetAttr(self, s_lock) : NULL;
    if (!lock) return done;
    show(lock, site);
    Semlock *s = semlock_of(lock);
    speak(self, IL_OBJ_CONDITION, site, s ? s->serial : 0);
    Py_DECREF(lock);
    return done;
}

static PyObject *condition_setstate(PyObject *self, PyObject *state) {
    PyObject *done = PyObject_CallFunctionObjArgs(native_setstate, self, state, NULL);
    if (done) lock_speaks(self);
    return done;
}

/* Called with its lock held: whatever lets this thread go comes after what was last. */
static PyObject *condition_wait(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Subject *s = semlock_subject(self);
    uint32_t before = waiter_came;
    waiter_came = s && s->shared ? s->shared->cause : 0;
    PyObject *answer = call(native_wait, self, args, nargs, kwnames);
    waiter_came = before;
    return answer;
}

static PyObject *condition_notify(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Subject *s = semlock_subject(self);
    Semlock *lock = s ? part(self, s_lock) : NULL;
    PyObject *given = argument(args, nargs, kwnames, 0, "n");
    if (lock && semlock_is_mine(lock) && (!given || PyLong_Check(given))) {
        int overflow = 0;
        long n = given ? PyLong_AsLongAndOverflow(given, &overflow) : 1;
        const Semlock *sleeping = part(self, s_sleeping), *woken = part(self, s_woken);
        int waiting = sleeping && woken ? semlock_value(sleeping) - semlock_value(woken) : 0;
        tell_notify(s, part(self, s_wait_semaphore)->why, overflow > 0 ? LONG_MAX : overflow ? 0 : n, waiting);
    }
    return call(native_notify, self, args, nargs, kwnames);
}

/* ── Event, Barrier ─────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *composed(PyObject *self, PyObject *done, uint16_t kind, uint32_t arg) {
    Site site = site_find(1);
    PyObject *condition = done && site.own ? PyObject_GetAttr(self, s_cond) : NULL;
    if (!condition) return done;
    speak(condition, kind, site, arg);
    lock_speaks(condition);
    Py_DECREF(condition);
    return done;
}

static PyObject *event_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return composed(self, call(native_event_init, self, args, nargs, kwnames), IL_OBJ_EVENT, 0);
}

static PyObject *barrier_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_barrier_init, self, args, nargs, kwnames);
    return composed(self, done, IL_OBJ_BARRIER, done ? number_of(self, "_parties") : 0);
}

/* As the library does it; told while the lock is held. set() ends in notify. */
static PyObject *event_clear(PyObject *self, PyObject *unused) {
    (void)unused;
    Subject *s = subject_of_cond(self);
    if (!s) return PyObject_CallFunctionObjArgs(native_clear, self, NULL);
    PyObject *condition = PyObject_GetAttr(self, s_cond), *inside = condition ? cond_enter(condition) : NULL, *done = NULL;
    if (inside) {
        PyObject *flag = PyObject_GetAttr(self, s_flag);
        PyObject *taken = flag ? PyObject_CallMethodObjArgs(flag, s_acquire, Py_False, NULL) : NULL;
        if (taken) emit(now(), IL_EV_CLEAR, 0, s->serial, subject_seq(s), 0, 0);
        done = cond_exit(condition, taken ? Py_NewRef(Py_None) : NULL);
        Py_XDECREF(taken);
        Py_XDECREF(flag);
    }
    Py_XDECREF(inside);
    Py_XDECREF(condition);
    return done;
}

/* ── putting it in ──────────────────────────────────────────────────────────────────────────────────────────────── */
enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
#define FAST(function) ((PyCFunction)(void (*)(void))function)

static bool replace(PyObject *module, const char *name, const PyMethodDef *def, PyObject **native) {
    PyObject *cls = PyObject_GetAttrString(module, name);
    bool done = cls && method_replace(cls, def, native);
    Py_XDECREF(cls);
    return done;
}

bool hook_synchronize(PyObject *module) {
    static const PyMethodDef init = {"__init__", FAST(semlock_init), FLAGS, "($self, kind, value, maxvalue, *, ctx)"};
    static const PyMethodDef setstate = {"__setstate__", semlock_setstate, METH_O, "($self, state)"};
    static const PyMethodDef cond_init = {"__init__", FAST(condition_init), FLAGS, "($self, lock=None, *, ctx)"};
    static const PyMethodDef cond_state = {"__setstate__", condition_setstate, METH_O, "($self, state)"};
    static const PyMethodDef wait = {"wait", FAST(condition_wait), FLAGS, "($self, timeout=None)"};
    static const PyMethodDef notify = {"notify", FAST(condition_notify), FLAGS, "($self, n=1)"};
    static const PyMethodDef make_event = {"__init__", FAST(event_init), FLAGS, "($self, *, ctx)"};
    static const PyMethodDef clear = {"clear", event_clear, METH_NOARGS, "($self)"};
    static const PyMethodDef make_barrier = {"__init__", FAST(barrier_init), FLAGS,
                                             "($self, parties, action=None, timeout=None, *, ctx)"};
    s_lock = intern("_lock"), s_cond = intern("_cond"), s_wait_semaphore = intern("_wait_semaphore");
    s_sleeping = intern("_sleeping_count"), s_woken = intern("_woken_count"), s_flag = intern("_flag");
    s_acquire = intern("acquire");
    lock_class = PyObject_GetAttrString(module, "Lock"), rlock_class = PyObject_GetAttrString(module, "RLock");
    bounded_class = PyObject_GetAttrString(module, "BoundedSemaphore");
    return lock_class && rlock_class && bounded_class && replace(module, "SemLock", &init, &native_semlock_init) &&
           replace(module, "SemLock", &setstate, &native_semlock_setstate) &&
           replace(module, "Condition", &cond_init, &native_init) &&
           replace(module, "Condition", &cond_state, &native_setstate) &&
           replace(module, "Condition", &wait, &native_wait) && replace(module, "Condition", &notify, &native_notify) &&
           replace(module, "Event", &make_event, &native_event_init) && replace(module, "Event", &clear, &native_clear) &&
           replace(module, "Barrier", &make_barrier, &native_barrier_init);
}

/* Value and Array: their lock is the program's, whoever called RLock() for it. */
static PyObject *shared_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_shared_init, self, args, nargs, kwnames);
    Site site = site_find(3);
    PyObject *lock = done && site.own && lock_class ? PyObject_GetAttr(self, s_lock) : NULL;
    if (lock) show(lock, site);
    Py_XDECREF(lock);
    if (done) PyErr_Clear();
    return done;
}

bool hook_sharedctypes(PyObject *module) {
    static const PyMethodDef init = {"__init__", FAST(shared_init), FLAGS, "($self, obj, lock=None, ctx=None)"};
    s_lock = intern("_lock");
    return replace(module, "SynchronizedBase", &init, &native_shared_init);
}
