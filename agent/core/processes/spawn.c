/* The ways to start a process: os.fork, os.forkpty, os.posix_spawn and -spawnp, and _posixsubprocess.fork_exec, in which
 * subprocess and multiprocessing end. Each is the native one, and then, in the parent, a child that was started. Nothing is
 * told in the child: it speaks, if at all, in a file of its own (channel.c). */
#include "core.h"
#include "gil.h"

static PyObject *native_fork, *native_forkpty, *native_spawn, *native_spawnp, *native_fork_exec;
__thread bool exec_follows;

static void told(uint64_t since, uint32_t how, PyObject *pid, PyObject *argv) {
    long number = pid && PyLong_Check(pid) ? PyLong_AsLong(pid) : 0;
    if (number > 0) child_started(since, how, number, argv);
}

static PyObject *fork_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    uint64_t since = now();
    PyObject *pid = call(native_fork, NULL, args, nargs, kwnames);
    told(since, IL_START_FORK, pid, NULL);
    return pid;
}

static PyObject *forkpty_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    uint64_t since = now();
    PyObject *both = call(native_forkpty, NULL, args, nargs, kwnames);
    if (both) told(since, IL_START_FORK, PyTuple_GetItem(both, 0), NULL);
    return both;
}

/* Another program. While it starts the GIL may be given away, and the child may begin before it is back: what is told of the
 * GIL then comes after the start, unless Python code runs in between (`quiet` is false), which tells of itself. */
static PyObject *started(PyObject *native, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, PyObject *argv, bool quiet) {
    uint64_t since = now();
    if (quiet) gil_keep();
    PyObject *pid = call(native, NULL, args, nargs, kwnames);
    told(since, IL_START_EXEC, pid, argv);
    gil_tell();
    return pid;
}

static PyObject *spawned(PyObject *native, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return started(native, args, nargs, kwnames, argument(args, nargs, kwnames, 1, "argv"), true);
}

static PyObject *spawn_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, spawned(native_spawn, args, nargs, kwnames);
}

static PyObject *spawnp_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, spawned(native_spawnp, args, nargs, kwnames);
}

/* fork_exec(args, executables, …, preexec_fn), from 3.11 on with one more behind it */
static bool runs_before(PyObject *const *args, Py_ssize_t nargs) {
    Py_ssize_t place = nargs == 21 ? 20 : nargs == 23 ? 21 : -1;
    return place < 0 || args[place] != Py_None;
}

static PyObject *fork_exec_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    exec_follows = true;
    PyObject *pid = started(native_fork_exec, args, nargs, kwnames, nargs ? args[0] : NULL, !runs_before(args, nargs));
    exec_follows = false;
    return pid;
}

enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };

bool spawn_install(void) {
    static const PyMethodDef fork = {"fork", (PyCFunction)(void (*)(void))fork_told, FLAGS, NULL};
    static const PyMethodDef forkpty = {"forkpty", (PyCFunction)(void (*)(void))forkpty_told, FLAGS, NULL};
    static const PyMethodDef spawn = {"posix_spawn", (PyCFunction)(void (*)(void))spawn_told, FLAGS, NULL};
    static const PyMethodDef spawnp = {"posix_spawnp", (PyCFunction)(void (*)(void))spawnp_told, FLAGS, NULL};
    return posix_replace(&fork, &native_fork) && posix_replace(&forkpty, &native_forkpty) &&
           posix_replace(&spawn, &native_spawn) && posix_replace(&spawnp, &native_spawnp);
}

bool hook_posixsubprocess(PyObject *module) {
    static const PyMethodDef def = {"fork_exec", (PyCFunction)(void (*)(void))fork_exec_told, FLAGS, NULL};
    if (!(native_fork_exec = PyObject_GetAttrString(module, "fork_exec"))) return false;
    PyObject *ours = function_named(&def, module, "_posixsubprocess", native_fork_exec);
    bool done = ours && PyObject_SetAttrString(module, "fork_exec", ours) == 0;
    Py_XDECREF(ours);
    return done;
}
