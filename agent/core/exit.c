/* os._exit, os.execv and os.execve: the process says good-bye first. Children of multiprocessing and of os.fork leave by
 * the one, without Python's own exit functions; by the others (os.execvp and its like end in them) another program takes
 * the process over. What is open stays open, but nobody killed it. An exec that comes back has failed: it all goes on. */
#include "core.h"

static PyObject *native_exit, *native_execv, *native_execve;

static PyObject *exit_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    bool valid = nargs == 1 ? PyLong_Check(args[0]) : kwnames != NULL;
    if (valid) harvest(), channel_end();
    return call(native_exit, NULL, args, nargs, kwnames);
}

static PyObject *replaced(PyObject *native, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    harvest();
    channel_end();
    PyObject *failed = call(native, NULL, args, nargs, kwnames);
    channel_go_on();
    return failed;
}

static PyObject *execv_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, replaced(native_execv, args, nargs, kwnames);
}

static PyObject *execve_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    return (void)module, replaced(native_execve, args, nargs, kwnames);
}

bool exit_install(void) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef leave = {"_exit", (PyCFunction)(void (*)(void))exit_told, FLAGS, NULL};
    static const PyMethodDef execv = {"execv", (PyCFunction)(void (*)(void))execv_told, FLAGS, NULL};
    static const PyMethodDef execve = {"execve", (PyCFunction)(void (*)(void))execve_told, FLAGS, NULL};
    return posix_replace(&leave, &native_exit) && posix_replace(&execv, &native_execv) && posix_replace(&execve, &native_execve);
}
