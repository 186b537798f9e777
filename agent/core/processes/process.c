/* Processes as the library's classes have them: multiprocessing.Process and subprocess.Popen. Their waits are one wait for
 * the process, whatever they sleep, poll and read in between; a Process gives its name to the child's serial here and to
 * itself there; one that a fork server made for us is told when its pid is known.
 *
 *   parent    start ─ childStart(7) ── join: wait(process 7) ┄┄┄┄┄┄┄┄┄┄┄┄┄ childEnd(7) wake
 *   child     _bootstrap: processName, threadBegin … os._exit ┘ */
#include "core.h"

static PyObject *native_start, *native_join, *native_bootstrap, *name_set, *native_poll;
static PyObject *native_popen_wait, *timeout_expired;
static PyObject *processes; /* the module multiprocessing.process */

static PyObject *attribute(PyObject *object, const char *name) {
    PyObject *value = object ? PyObject_GetAttrString(object, name) : NULL;
    if (!value) PyErr_Clear();
    return value;
}

static long pid_of(PyObject *popen) {
    PyObject *pid = attribute(popen, "pid");
    long number = pid && PyLong_Check(pid) ? PyLong_AsLong(pid) : 0;
    Py_XDECREF(pid);
    PyErr_Clear();
    return number;
}

static bool has_ended(PyObject *popen) {
    PyObject *code = attribute(popen, "returncode");
    bool ended = code && code != Py_None;
    Py_XDECREF(code);
    return ended;
}

bool part_of_wait(void) {
    if (likely(!thread_here()->inside)) return false;
    Site caller = site_find(0); /* a signal's handler is the program's, and has waits of its own */
    return !caller.own || caller.internal;
}

/* `native` waits for the process of `popen`. What the library does inside belongs to it. */
static PyObject *wait_told(PyObject *popen, PyObject *native, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames) {
    long pid = pid_of(popen);
    uint32_t serial = has_ended(popen) ? 0 : child_serial(pid);
    if (!serial) return call(native, self, args, nargs, kwnames); /* nothing to wait for, or not to be waited for from here */
    PyObject *timeout = argument(args, nargs, kwnames, 0, "timeout");
    Thread *t = thread_here();
    uint64_t since = now();
    emit_wait(since, IL_WHY_PROCESS | timed_by(timeout), serial, 0);
    t->inside++;
    PyObject *answer = call(native, self, args, nargs, kwnames);
    t->inside--;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    bool ended = has_ended(popen) || (answer && (!timeout || timeout == Py_None));
    bool late = answer || (type && timeout_expired && PyErr_GivenExceptionMatches(type, timeout_expired));
    emit_wake(now(), ended ? GOT : late ? TIMED_OUT : RAISED, serial, 0);
    PyErr_Restore(type, value, trace);
    return answer;
}

/* ── multiprocessing ────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *process_join(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *popen = attribute(self, "_popen");
    PyObject *answer = wait_told(popen, native_join, self, args, nargs, kwnames);
    Py_XDECREF(popen);
    return answer;
}

/* The fork server forked on our behalf. */
static void tell_served(PyObject *process, uint64_t since) {
    PyObject *popen = attribute(process, "_popen"), *method = attribute(popen, "method");
    if (method && PyUnicode_Check(method) && PyUnicode_CompareWithASCIIString(method, "forkserver") == 0)
        child_started(since, IL_START_SERVER, pid_of(popen), NULL);
    Py_XDECREF(method);
    Py_XDECREF(popen);
}

static PyObject *process_start(PyObject *self, PyObject *unused) {
    (void)unused;
    uint64_t since = now();
    PyObject *before = process_starting, *name = attribute(self, "_name");
    process_starting = name;
    PyObject *answer = PyObject_CallFunctionObjArgs(native_start, self, NULL);
    if (answer) tell_served(self, since);
    process_starting = before;
    Py_XDECREF(name);
    return answer;
}

/* Every child of multiprocessing, however it was started, begins here. */
static PyObject *process_bootstrap(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    process_starting = NULL; /* a forked child stands inside its parent's start() */
    thread_here()->inside = 0;
    PyObject *name = attribute(self, "_name");
    say_process_name(name);
    Py_XDECREF(name);
    thread_show();
    return call(native_bootstrap, self, args, nargs, kwnames);
}

static PyObject *name_told(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *done = PyObject_CallObject(name_set, args);
    PyObject *current = done ? attribute(processes, "_current_process") : NULL;
    if (current && current == PyTuple_GetItem(args, 0)) say_process_name(PyTuple_GetItem(args, 1));
    Py_XDECREF(current);
    return done;
}

static bool hook_name(PyObject *cls) {
    static PyMethodDef def = {"name", name_told, METH_VARARGS, NULL};
    PyObject *property = attribute(cls, "name"), *get = attribute(property, "fget");
    name_set = attribute(property, "fset");
    PyObject *set = name_set ? PyCFunction_NewEx(&def, NULL, NULL) : NULL;
    PyObject *ours = get && set ? PyObject_CallFunctionObjArgs((PyObject *)&PyProperty_Type, get, set, NULL) : NULL;
    bool done = ours && PyObject_SetAttrString(cls, "name", ours) == 0;
    Py_XDECREF(ours);
    Py_XDECREF(set);
    Py_XDECREF(get);
    Py_XDECREF(property);
    return done;
}

enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };

bool hook_process(PyObject *module) {
    static const PyMethodDef start = {"start", process_start, METH_NOARGS, "($self)"};
    static const PyMethodDef join = {"join", (PyCFunction)(void (*)(void))process_join, FLAGS, "($self, timeout=None)"};
    static const PyMethodDef boot = {"_bootstrap", (PyCFunction)(void (*)(void))process_bootstrap, FLAGS,
                                     "($self, parent_sentinel=None)"};
    Py_INCREF(processes = module);
    PyObject *cls = PyObject_GetAttrString(module, "BaseProcess");
    bool done = cls && method_replace(cls, &start, &native_start) && method_replace(cls, &join, &native_join) &&
                method_replace(cls, &boot, &native_bootstrap) && hook_name(cls);
    Py_XDECREF(cls);
    return done;
}

/* Popen.poll of a process that the fork server made: nobody here can reap it, its exit code is read from a pipe. */
static PyObject *served_poll(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *answer = call(native_poll, self, args, nargs, kwnames);
    if (!answer || !PyLong_Check(answer)) return answer;
    long code = PyLong_AsLong(answer);
    child_ended(pid_of(self), code < 0, (int)(code < 0 ? -code : code));
    return answer;
}

bool hook_popen_forkserver(PyObject *module) {
    static const PyMethodDef poll = {"poll", (PyCFunction)(void (*)(void))served_poll, FLAGS, "($self, flag=1)"};
    PyObject *cls = PyObject_GetAttrString(module, "Popen");
    bool done = cls && method_replace(cls, &poll, &native_poll);
    Py_XDECREF(cls);
    return done;
}

/* ── subprocess ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *popen_wait(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return wait_told(self, native_popen_wait, self, args, nargs, kwnames);
}

bool hook_subprocess(PyObject *module) {
    static const PyMethodDef wait = {"_wait", (PyCFunction)(void (*)(void))popen_wait, FLAGS, "($self, timeout)"};
    timeout_expired = PyObject_GetAttrString(module, "TimeoutExpired");
    PyObject *cls = PyObject_GetAttrString(module, "Popen");
    bool done = cls && timeout_expired && method_replace(cls, &wait, &native_popen_wait);
    Py_XDECREF(cls);
    return done;
}
