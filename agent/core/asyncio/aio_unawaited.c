/* A coroutine is thrown away that nobody awaited. In comes what CPython calls then, whatever the warnings filters say; out
 * goes unawaited, with the first line of the coroutine's function. */
#include "aio.h"

static PyObject *native;

static PyObject *warn_told(PyObject *module, PyObject *coroutine) {
    (void)module;
    PyObject *code = PyObject_GetAttrString(coroutine, "cr_code");
    if (!code) PyErr_Clear();
    bool hooked;
    uint32_t site = code ? site_of_coroutine(coroutine, code, &hooked) : 0;
    Py_XDECREF(code);
    if (site) emit_of(thread_here(), actor_here(), now(), IL_EV_UNAWAITED, 0, 0, 0, site, 0);
    return PyObject_CallFunctionObjArgs(native, coroutine, NULL);
}

bool hook_warnings(PyObject *warnings) {
    static const PyMethodDef def = {"_warn_unawaited_coroutine", warn_told, METH_O, NULL};
    native = PyObject_GetAttrString(warnings, def.ml_name);
    PyObject *ours = native ? function_named(&def, NULL, "warnings", native) : NULL;
    bool done = ours && PyObject_SetAttrString(warnings, def.ml_name, ours) == 0;
    Py_XDECREF(ours);
    return done;
}
