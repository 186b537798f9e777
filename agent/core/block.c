/* Wait for a lock exactly as CPython's acquire_timed does: signals run their Python handlers in between, a deadline
 * outlives them, an exception from a handler ends the wait. In comes a gate, out goes how the wait ended and when.
 *
 *   thread   wait ─┬─ GIL released ── blocked ── gate is ours ─┬─ GIL again ── wake, acquire written, gil_tell()
 *                  └ written before                            └ their time: not when the GIL came back */
#include "core.h"
#include "gil.h"
#include <math.h>

static bool parse(PyObject *blocking, PyObject *timeout, bool exact, Patience *p) {
    *p = (Patience){true, -1};
    if (blocking && exact && !PyLong_Check(blocking)) return false;
    if (blocking) p->blocking = PyObject_IsTrue(blocking) == 1;
    if (!timeout) return true;
    if (!PyFloat_Check(timeout) && !PyLong_Check(timeout)) return false;
    double seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred()) return PyErr_Clear(), false;
    if (seconds == -1) return true;
    if (!p->blocking || isnan(seconds) || seconds < 0 || seconds > (double)PY_TIMEOUT_MAX / 1e6) return false;
    p->timeout_ns = (long long)ceil(seconds * 1e9);
    return true;
}

/* acquire(blocking=True, timeout=-1). What is not plainly valid is tried on a native lock made for that: either it says
 * what is wrong in the words of its version, or it takes the arguments, and so do we. */
bool patience_parse(PyObject *make, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Patience *p) {
    PyObject *blocking = argument(args, nargs, kwnames, 0, "blocking");
    PyObject *timeout = argument(args, nargs, kwnames, 1, "timeout");
    bool known = nargs + (kwnames ? PyTuple_Size(kwnames) : 0) == !!blocking + !!timeout;
    if (likely(known && parse(blocking, timeout, true, p))) return true;
    PyObject *native = PyObject_CallNoArgs(make), *acquire = native ? PyObject_GetAttrString(native, "acquire") : NULL;
    PyObject *taken = acquire ? call(acquire, NULL, args, nargs, kwnames) : NULL;
    bool valid = taken != NULL;
    Py_XDECREF(taken);
    Py_XDECREF(acquire);
    Py_XDECREF(native);
    if (valid && !parse(blocking, timeout, false, p)) *p = (Patience){true, -1};
    return valid;
}

uint32_t forks;

/* Who waited in the parent does not wait in the child, and may have stood anywhere between door and gate. */
static void gate_after_fork(Gate *g) {
    if (g->forks == forks) return;
    g->forks = forks;
    g->waiters = g->called = 0;
    g->door = NULL; /* in any state: left alone, as CPython does */
}

/* The gate opens while someone waits: who comes first takes it, a waiter that was called or another thread.
 *
 *   giver   taken = 0 ──(fence)── called already? no: open the door for one
 *   waiter  through the door ── called = 0 ──(fence)── taken? no: mine */
void gate_call(Gate *g) {
    gate_after_fork(g);
    __atomic_store_n(&g->taken, 0, __ATOMIC_SEQ_CST);
    if (g->waiters == 0) return;
    if (__atomic_exchange_n(&g->called, 1, __ATOMIC_SEQ_CST) == 0) PyThread_release_lock(g->door);
}

static PyLockStatus wait_at_door(Gate *g, uint64_t deadline) {
    for (;;) {
        uint64_t t = deadline ? now() : 0;
        if (deadline && t >= deadline) return PY_LOCK_FAILURE;
        PyLockStatus status = PyThread_acquire_lock_timed(g->door, deadline ? (long long)(deadline - t + 999) / 1000 : -1, 1);
        if (status != PY_LOCK_ACQUIRED) return status;
        __atomic_store_n(&g->called, 0, __ATOMIC_SEQ_CST);
        uint32_t open = 0;
        if (__atomic_compare_exchange_n(&g->taken, &open, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return status;
    }
}

static bool come_to_door(Gate *g) {
    gate_after_fork(g);
    if (!g->door) {
        if (!(g->door = PyThread_allocate_lock())) return PyErr_NoMemory(), false;
        PyThread_acquire_lock(g->door, 1);
    }
    g->waiters++;
    return true;
}

Outcome gate_wait(Gate *g, const Patience *p, uint64_t *until) {
    if (!come_to_door(g)) return RAISED;
    uint32_t came = forks;
    uint64_t deadline = p->timeout_ns > 0 ? now() + (uint64_t)p->timeout_ns : 0;
    Outcome how = RAISED;
    for (;;) {
        PyLockStatus status;
        Py_BEGIN_ALLOW_THREADS
        status = wait_at_door(g, deadline);
        gil_keep();
        *until = now();
        Py_END_ALLOW_THREADS
        how = status == PY_LOCK_ACQUIRED ? GOT : status == PY_LOCK_FAILURE ? TIMED_OUT : RAISED;
        if (how != RAISED) break;
        gil_tell();
        bool raised = Py_MakePendingCalls() < 0;
        *until = now(); /* a signal's handler may have told something */
        if (raised) break;
        if (gate_try(g)) {
            how = GOT;
            break;
        }
        if (came == forks) continue; /* else a signal's handler forked, and this is the child */
        if (!come_to_door(g)) return RAISED;
        came = forks;
    }
    if (came == g->forks) g->waiters--;
    return how;
}

void gate_free(Gate *g) {
    if (!g->door) return;
    PyThread_release_lock(g->door);
    PyThread_free_lock(g->door);
}

uint32_t emit_wait(uint64_t time, uint32_t why, uint32_t object, uint32_t holder) {
    Whereabouts at = stack_here();
    emit(time, IL_EV_WAIT, why | stack_flag(at), object, 0, stack_or_site(at), holder);
    return at.site;
}

void emit_wake(uint64_t time, Outcome how, uint32_t object, uint32_t cause) {
    emit(time, IL_EV_WAKE, outcome_flag(how), object, 0, 0, how == GOT ? cause : 0);
}
