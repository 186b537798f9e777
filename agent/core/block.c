/* Wait for a lock exactly as CPython's acquire_timed does: signals run their Python handlers in between, a deadline
 * outlives them, an exception from a handler ends the wait. In comes a gate, out goes how the wait ended and when.
 *
 *   thread   wait ─┬─ GIL released ── blocked ── gate is ours ─┬─ GIL again ── wake, acquire written
 *                  └ written before                            └ their time: not when the GIL came back */
#include "core.h"
#include <math.h>

/* One argument by place or by name. */
static PyObject *argument(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Py_ssize_t place, const char *name) {
    if (place < nargs) return args[place];
    Py_ssize_t n = kwnames ? PyTuple_Size(kwnames) : 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(kwnames, i), name) == 0) return args[nargs + i];
    return NULL;
}

/* acquire(blocking=True, timeout=-1). What is not plainly valid is left to the native lock, which knows its own words. */
bool patience_parse(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Patience *p) {
    *p = (Patience){true, -1};
    if (nargs == 0 && !kwnames) return true;
    PyObject *blocking = argument(args, nargs, kwnames, 0, "blocking");
    PyObject *timeout = argument(args, nargs, kwnames, 1, "timeout");
    if (nargs + (kwnames ? PyTuple_Size(kwnames) : 0) != !!blocking + !!timeout) return false;
    if (blocking) {
        if (!PyLong_Check(blocking)) return false;
        p->blocking = PyObject_IsTrue(blocking) == 1;
    }
    if (!timeout) return true;
    if (!PyFloat_Check(timeout) && !PyLong_Check(timeout)) return false;
    double seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred()) return PyErr_Clear(), false;
    if (seconds == -1) return true;
    if (!p->blocking || isnan(seconds) || seconds < 0 || seconds > 9e9) return false;
    p->timeout_ns = (long long)ceil(seconds * 1e9);
    return true;
}

Outcome block_on(PyThread_type_lock gate, const Patience *p, uint64_t *until) {
    uint64_t deadline = p->timeout_ns > 0 ? now() + (uint64_t)p->timeout_ns : 0;
    long long left = p->timeout_ns;
    for (;;) {
        PyLockStatus status;
        Py_BEGIN_ALLOW_THREADS
        status = PyThread_acquire_lock_timed(gate, left < 0 ? -1 : (left + 999) / 1000, 1);
        *until = now();
        Py_END_ALLOW_THREADS
        if (status == PY_LOCK_ACQUIRED) return GOT;
        if (status == PY_LOCK_FAILURE) return TIMED_OUT;
        if (Py_MakePendingCalls() < 0) return RAISED;
        if (deadline) {
            uint64_t t = now();
            if (t >= deadline) return PyThread_acquire_lock(gate, 0) ? GOT : TIMED_OUT;
            left = (long long)(deadline - t);
        }
    }
}

void emit_wait(uint64_t time, uint32_t why, uint32_t object, uint32_t site, uint32_t holder) {
    if (!site) site = site_find(0).id; /* where only the slow API serves, waits at least have their line */
    emit(time, IL_EV_WAIT, why, object, 0, site, holder);
}

void emit_wake(uint64_t since, uint64_t time, Outcome how, uint32_t object, uint32_t cause) {
    uint32_t stack = time - since >= stack_after_ns ? site_stack() : 0;
    uint32_t flags = outcome_flag(how) | (stack ? IL_FLAG_HAS_STACK : 0);
    emit(time, IL_EV_WAKE, flags, object, 0, stack, how == GOT ? cause : 0);
}
