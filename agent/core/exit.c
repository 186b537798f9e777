/* os._exit: the process says good-bye first. Children of multiprocessing and of os.fork leave this way, without Python's
 * own exit functions; what is open in them stays open, but nobody killed them. */
#include "core.h"

static PyObject *native;

static PyObject *exit_told(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    bool valid = nargs == 1 ? PyLong_Check(args[0]) : kwnames != NULL;
    if (valid) channel_end();
    return call(native, NULL, args, nargs, kwnames);
}

bool exit_install(void) {
    static const PyMethodDef def = {"_exit", (PyCFunction)(void (*)(void))exit_told, METH_FASTCALL | METH_KEYWORDS, NULL};
    PyObject *os = PyImport_ImportModule("os"), *posix = PyImport_ImportModule("posix");
    if (!os || !posix || !(native = PyObject_GetAttrString(posix, "_exit"))) return false;
    PyObject *ours = function_named(&def, posix, "posix", native);
    bool done = ours && !PyObject_SetAttrString(posix, "_exit", ours) && !PyObject_SetAttrString(os, "_exit", ours);
    Py_XDECREF(ours);
    Py_DECREF(posix);
    Py_DECREF(os);
    return done;
}
