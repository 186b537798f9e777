/* Condition. threading.Event, Semaphore, Barrier and queue.Queue all block in Condition.wait and wake by
 * Condition.notify, which stay as the library wrote them; what tells is underneath:
 *
 *   T1  with c: c.wait()    _waiters.append(lock) ─→ the lock becomes a waiter: it knows subject and reason
 *                           lock.acquire()        ─→ wait(subject, reason) ┄┄┄┄┄┄┄┄┄┄┄┄┄ wake(cause = 7)
 *   T2  with c: c.notify()  notify → seq 7 of the subject, then lock.release() keeps 7 as the cause ┘
 *
 * `_waiters` is a deque of ours that carries the condition's voice, so that nothing is added to the program's objects. */
#include "semlock.h"
#include "condition.h"
#include <limits.h>
#include <string.h>

static PyTypeObject *waiters_type;
static Py_ssize_t voice_offset;
static PyObject *deque_append, *native_init, *native_notify, *native_is_owned;
static PyObject *s_waiters, *s_lock, *s_cond, *s_is_owned, *s_enter, *s_exit;

PyObject *intern(const char *name) { return PyUnicode_InternFromString(name); }

__thread bool condition_making;

static inline Voice *voice_in(PyObject *waiters) { return (Voice *)((char *)waiters + voice_offset); }

/* ── the deque of waiters ───────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *waiters_append(PyObject *self, PyObject *lock) {
    Voice *v = voice_in(self);
    if (v->subject && Py_TYPE(lock) == lock_type) {
        Lock *waiter = (Lock *)lock;
        if (!waiter->subject && waiter->role == SILENT) {
            waiter->subject = subject_hold(v->subject);
            waiter->why = v->why;
            waiter->cause = v->subject->seq; /* whatever ends the wait comes after this */
            waiter->role = WAITER;
        }
    }
    return call(deque_append, self, &lock, 1, NULL);
}

static void waiters_dealloc(PyObject *self) {
    Voice *v = voice_in(self);
    subject_drop(v->subject);
    v->subject = NULL;
    PyTypeObject *deque = (PyTypeObject *)PyType_GetSlot(waiters_type, Py_tp_base);
    ((destructor)PyType_GetSlot(deque, Py_tp_dealloc))(self);
}

static bool waiters_install(void) {
    static PyMethodDef methods[] = {{"append", waiters_append, METH_O, "Add an element to the right side of the deque."}, {0}};
    PyObject *collections = PyImport_ImportModule("_collections");
    PyObject *deque = collections ? PyObject_GetAttrString(collections, "deque") : NULL;
    PyObject *size = deque ? PyObject_GetAttrString(deque, "__basicsize__") : NULL;
    PyObject *bases = deque ? PyTuple_Pack(1, deque) : NULL;
    if (size && bases) {
        voice_offset = PyLong_AsSsize_t(size);
        PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_dealloc, waiters_dealloc}, {0}};
        PyType_Spec spec = {"collections.deque", (int)(voice_offset + (Py_ssize_t)sizeof(Voice)), 0, Py_TPFLAGS_DEFAULT, slots};
        waiters_type = (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases);
        deque_append = PyObject_GetAttrString(deque, "append");
    }
    Py_XDECREF(bases);
    Py_XDECREF(size);
    Py_XDECREF(deque);
    Py_XDECREF(collections);
    return waiters_type && deque_append;
}

/* ── voices and subjects ────────────────────────────────────────────────────────────────────────────────────────── */
Voice *voice_of(PyObject *condition) {
    PyObject *waiters = PyObject_GetAttr(condition, s_waiters);
    if (!waiters) return PyErr_Clear(), NULL;
    Voice *v = Py_TYPE(waiters) == waiters_type ? voice_in(waiters) : NULL;
    Py_DECREF(waiters); /* the condition keeps it */
    return v;
}

Voice *condition_waits_for(PyObject *condition, Subject *s, uint16_t why) {
    Voice *v = condition && s ? voice_of(condition) : NULL;
    if (!v || v->subject) return NULL;
    v->subject = subject_hold(s);
    v->why = why;
    return v;
}

/* The condition and the quiet lock under it speak for `s`; a lock that the program made keeps its own voice. */
void condition_speak_for(PyObject *condition, Subject *s, uint16_t why) {
    if (!condition_waits_for(condition, s, why)) return;
    PyObject *lock = PyObject_GetAttr(condition, s_lock);
    if (lock) lock_speak_for(lock, s);
    Py_XDECREF(lock);
    PyErr_Clear();
}

Subject *subject_made(uint16_t kind, uint32_t arg) {
    Site site = site_find(0);
    if (!site.own) return NULL;
    Subject *s = subject_new(kind);
    if (s) emit(now(), IL_EV_NEW, kind | internal_flag(site), s->serial, ++s->seq, site.id, arg);
    return s;
}

Subject *subject_of_cond(PyObject *object) {
    PyObject *condition = PyObject_GetAttr(object, s_cond);
    if (!condition) return PyErr_Clear(), NULL;
    Voice *v = voice_of(condition);
    Subject *s = v ? v->subject : semlock_subject(condition);
    Py_DECREF(condition); /* the object keeps it */
    return s;
}

uint32_t number_of(PyObject *object, const char *attribute) {
    PyObject *value = PyObject_GetAttrString(object, attribute);
    long long n = value && PyLong_Check(value) ? PyLong_AsLongLong(value) : 0;
    Py_XDECREF(value);
    PyErr_Clear();
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

PyObject *cond_enter(PyObject *condition) { return PyObject_CallMethodObjArgs(condition, s_enter, NULL); }

PyObject *cond_exit(PyObject *condition, PyObject *result) {
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    if (!result) PyErr_Fetch(&type, &value, &trace);
    if (type) PyErr_NormalizeException(&type, &value, &trace);
    PyObject *left = PyObject_CallMethodObjArgs(condition, s_exit, type ? type : Py_None, value ? value : Py_None,
                                                trace ? trace : Py_None, NULL);
    if (!left) {
        Py_XDECREF(type), Py_XDECREF(value), Py_XDECREF(trace), Py_XDECREF(result);
        return NULL;
    }
    Py_DECREF(left);
    if (type) PyErr_Restore(type, value, trace);
    return result;
}

/* ── threading.Condition ────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *condition_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    condition_making = true;
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    condition_making = false;
    PyObject *waiters = done ? PyObject_CallNoArgs((PyObject *)waiters_type) : NULL;
    if (!waiters) return Py_XDECREF(done), NULL;
    PyObject *lock = PyObject_GetAttr(self, s_lock);
    Subject *s = lock ? subject_made(IL_OBJ_CONDITION, lock_serial(lock)) : NULL;
    *voice_in(waiters) = (Voice){.subject = s, .why = IL_WHY_CONDITION};
    bool set = lock && PyObject_SetAttr(self, s_waiters, waiters) == 0;
    Py_XDECREF(lock);
    Py_DECREF(waiters);
    if (set) return done;
    Py_DECREF(done);
    return NULL;
}

/* As the library does it, but a Lock is asked instead of tried: a try would be told as a refusal. */
static PyObject *condition_is_owned(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *lock = PyObject_GetAttr(self, s_lock);
    if (!lock) return NULL;
    PyObject *answer = Py_TYPE(lock) == lock_type ? PyBool_FromLong(((Lock *)lock)->gate.taken)
                                                  : PyObject_CallFunctionObjArgs(native_is_owned, self, NULL);
    Py_DECREF(lock);
    return answer;
}

/* What a notify means that lets go up to `n` of those who wait. Called with its lock held, before anyone is let go. */
void tell_notify(Subject *s, uint16_t why, long n, Py_ssize_t waiting) {
    uint32_t let_go = (uint32_t)(n < waiting ? n < 0 ? 0 : n : waiting);
    switch (why) {
    case IL_WHY_CONDITION: emit(now(), IL_EV_NOTIFY, 0, s->serial, subject_cause(s), site_here(), let_go); return;
    case IL_WHY_SEMAPHORE: emit(now(), IL_EV_RELEASE, 0, s->serial, subject_cause(s), 0, (uint32_t)n); return;
    case IL_WHY_EVENT: emit(now(), IL_EV_SET, 0, s->serial, subject_cause(s), 0, 0); return;
    case IL_WHY_BARRIER:
        if (barrier_resetting == s && waiting) emit(now(), IL_EV_BROKEN, 0, s->serial, subject_cause(s), site_here(), 0);
    }
}

void queue_notified(Voice *v); /* queue.c: a put or get of a subclass that has its own order */

static PyObject *condition_notify(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Voice *v = voice_of(self);
    if (!v || !v->subject || v->why == IL_WHY_FUTURE || kwnames || nargs > 1 || (nargs && !PyLong_Check(args[0])))
        return call(native_notify, self, args, nargs, kwnames);
    PyObject *owned = PyObject_CallMethodObjArgs(self, s_is_owned, NULL);
    if (!owned) return NULL;
    bool mine = PyObject_IsTrue(owned) == 1;
    Py_DECREF(owned);
    if (!mine) return call(native_notify, self, args, nargs, NULL); /* raises */
    PyObject *waiters = PyObject_GetAttr(self, s_waiters);
    Py_ssize_t waiting = waiters ? PyObject_Size(waiters) : 0;
    Py_XDECREF(waiters);
    int overflow = 0;
    long n = nargs ? PyLong_AsLongAndOverflow(args[0], &overflow) : 1;
    if (overflow) n = overflow > 0 ? LONG_MAX : LONG_MIN;
    if (PyErr_Occurred()) return NULL;
    if (!nargs && (v->why == IL_WHY_QUEUE_GET || v->why == IL_WHY_QUEUE_PUT)) queue_notified(v);
    tell_notify(v->subject, v->why, n, waiting);
    if (waiting == 0) Py_RETURN_NONE;
    return call(native_notify, self, args, nargs, NULL);
}

bool condition_hook(PyObject *threading) {
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))condition_init,
                                     METH_FASTCALL | METH_KEYWORDS, "($self, lock=None)"};
    static const PyMethodDef notify = {"notify", (PyCFunction)(void (*)(void))condition_notify,
                                       METH_FASTCALL | METH_KEYWORDS, "($self, n=1)"};
    static const PyMethodDef owned = {"_is_owned", condition_is_owned, METH_NOARGS, "($self)"};
    s_waiters = intern("_waiters"), s_lock = intern("_lock"), s_cond = intern("_cond"), s_is_owned = intern("_is_owned");
    s_enter = intern("__enter__"), s_exit = intern("__exit__");
    PyObject *cls = PyObject_GetAttrString(threading, "Condition");
    bool done = cls && waiters_install() && method_replace(cls, &init, &native_init) &&
                method_replace(cls, &notify, &native_notify) && method_replace(cls, &owned, &native_is_owned);
    Py_XDECREF(cls);
    return done;
}
