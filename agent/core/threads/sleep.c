/* time.sleep: the native one, between a wait and a wake. */
#include "core.h"

static PyObject *native;

static PyObject *sleep_told(PyObject *module, PyObject *duration) {
    (void)module;
    double seconds = PyFloat_Check(duration) || PyLong_Check(duration) ? PyFloat_AsDouble(duration) : -1;
    if (PyErr_Occurred()) PyErr_Clear();
    if (!(seconds >= 0) || part_of_wait()) return PyObject_CallFunctionObjArgs(native, duration, NULL);
    uint64_t since = now();
    emit_wait(since, IL_WHY_SLEEP, 0, seconds < 4e6 ? (uint32_t)(seconds * 1000) : UINT32_MAX);
    PyObject *answer = PyObject_CallFunctionObjArgs(native, duration, NULL);
    emit_wake(now(), answer ? GOT : RAISED, 0, 0);
    return answer;
}

bool sleep_install(void) {
    static const PyMethodDef def = {"sleep", sleep_told, METH_O, NULL};
    PyObject *time = PyImport_ImportModule("time");
    if (!time || !(native = PyObject_GetAttrString(time, "sleep"))) return false;
    PyObject *ours = function_named(&def, time, "time", native);
    bool done = ours && PyObject_SetAttrString(time, "sleep", ours) == 0;
    Py_XDECREF(ours);
    Py_DECREF(time);
    return done;
}
