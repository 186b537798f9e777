/* The ways to learn of a child's end: os.waitpid, wait, wait3, wait4 and waitid. One that blocks is a wait for the process;
 * a look that does not block tells nothing unless it finds that one has ended.
 *
 *   waitpid(71, 0)         wait(process 7) ┄┄┄┄┄┄┄┄ childEnd(7) wake
 *   waitpid(71, WNOHANG)                            childEnd(7)              */
#include "core.h"
#include <sys/wait.h>

static PyObject *native_waitpid, *native_wait, *native_wait3, *native_wait4, *native_waitid;

static long number(PyObject *tuple, Py_ssize_t place) {
    long n = PyTuple_Check(tuple) && place < PyTuple_Size(tuple) ? PyLong_AsLong(PyTuple_GetItem(tuple, place)) : 0;
    PyErr_Clear();
    return n;
}

/* (pid, status, …) of waitpid and its like */
static void learn_status(PyObject *answer) {
    long pid = number(answer, 0);
    int status = (int)number(answer, 1);
    if (pid <= 0) return;
    if (WIFEXITED(status)) child_ended(pid, false, WEXITSTATUS(status));
    if (WIFSIGNALED(status)) child_ended(pid, true, WTERMSIG(status));
}

/* (si_pid, si_uid, si_signo, si_status, si_code) of waitid, or None */
static void learn_siginfo(PyObject *answer) {
    long code = number(answer, 4);
    if (code == CLD_EXITED) child_ended(number(answer, 0), false, (int)number(answer, 3));
    if (code == CLD_KILLED || code == CLD_DUMPED) child_ended(number(answer, 0), true, (int)number(answer, 3));
}

typedef void (*Learn)(PyObject *answer);

/* `pid`: of the process that is waited for, 0 = one of several */
static PyObject *reap(PyObject *native, Learn learn, long pid, long options, PyObject *const *args, Py_ssize_t nargs,
                      PyObject *kwnames) {
    bool waits = !(options & WNOHANG) && !part_of_wait();
    uint32_t serial = pid > 0 ? child_serial(pid) : 0;
    uint64_t since = now();
    if (waits) emit_wait(since, IL_WHY_PROCESS, serial, 0);
    PyObject *answer = call(native, NULL, args, nargs, kwnames);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (answer) learn(answer);
    if (waits) emit_wake(now(), answer ? GOT : RAISED, serial, 0);
    PyErr_Restore(type, value, trace);
    return answer;
}

/* An argument that is a number; anything else is the native function's to refuse. */
static long option(PyObject *const *args, Py_ssize_t nargs, Py_ssize_t place) {
    long n = place < nargs && PyLong_Check(args[place]) ? PyLong_AsLong(args[place]) : WNOHANG;
    if (PyErr_Occurred()) PyErr_Clear();
    return n;
}

static PyObject *waitpid_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    return reap(native_waitpid, learn_status, option(args, nargs, 0), option(args, nargs, 1), args, nargs, kwnames);
}

static PyObject *wait_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    return reap(native_wait, learn_status, 0, 0, args, nargs, kwnames);
}

static PyObject *wait3_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *options = argument(args, nargs, kwnames, 0, "options");
    return reap(native_wait3, learn_status, 0, option(&options, options != NULL, 0), args, nargs, kwnames);
}

static PyObject *wait4_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *given[] = {argument(args, nargs, kwnames, 0, "pid"), argument(args, nargs, kwnames, 1, "options")};
    Py_ssize_t n = given[0] && given[1] ? 2 : 0;
    return reap(native_wait4, learn_status, option(given, n, 0), option(given, n, 1), args, nargs, kwnames);
}

static PyObject *waitid_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    long pid = option(args, nargs, 0) == P_PID ? option(args, nargs, 1) : 0;
    return reap(native_waitid, learn_siginfo, pid, option(args, nargs, 2), args, nargs, kwnames);
}

bool reap_install(void) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef waitpid = {"waitpid", (PyCFunction)(void (*)(void))waitpid_told, FLAGS, NULL};
    static const PyMethodDef wait = {"wait", (PyCFunction)(void (*)(void))wait_told, FLAGS, NULL};
    static const PyMethodDef wait3 = {"wait3", (PyCFunction)(void (*)(void))wait3_told, FLAGS, NULL};
    static const PyMethodDef wait4 = {"wait4", (PyCFunction)(void (*)(void))wait4_told, FLAGS, NULL};
    static const PyMethodDef waitid = {"waitid", (PyCFunction)(void (*)(void))waitid_told, FLAGS, NULL};
    return posix_replace(&waitpid, &native_waitpid) && posix_replace(&wait, &native_wait) &&
           posix_replace(&wait3, &native_wait3) && posix_replace(&wait4, &native_wait4) &&
           posix_replace(&waitid, &native_waitid);
}
