/* A function of a library written in Python, with something told before and after it: in come the function's owner (a class
 * or module), its name and two callables of interleave_agent/libraries/, out goes a callable that takes its place.
 *
 *   before(*args, **kwargs) → token     the function itself     after(token, answer, error)     None as token: no after
 *
 * It has no frame: tracebacks are as before, and so are the signature, the name and the pickle. What before and after raise
 * is a note; what is no Exception (an exit by a signal that came just then) is the program's and goes on.
 *
 * What listening takes is added up as processor time in the file's header: of the first calls, then of every sixteenth.
 *
 * Rejected: a function in Python around it, as most tracers do. Each exception of the program's would show it. */
#include "core.h"
#include <time.h>

typedef struct {
    PyObject_HEAD
    PyObject *original, *before, *after;
} Around;

static PyObject *around_type;

/* false: an exception that is the program's is on its way */
static bool go_on(void) {
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_Exception)) return false;
    if (PyErr_Occurred()) Py_XDECREF(could_not());
    return true;
}

static uint64_t processor_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* For how many calls this one stands whose time is taken; 0: it is not. */
static uint32_t stands_for(void) {
    enum { FIRST = 64, EVERY = 16 };
    static uint64_t calls;
    return calls++ < FIRST ? 1 : calls % EVERY == 0 ? EVERY : 0;
}

/* A listener is called: its answer, NULL when it raised. */
static PyObject *listen(PyObject *listener, PyObject *args, PyObject *kwargs, uint32_t times) {
    uint64_t from = times ? processor_time() : 0;
    PyObject *answer = PyObject_Call(listener, args, kwargs);
    if (times) channel_listened((processor_time() - from) * times);
    return answer;
}

static PyObject *around_call(Around *a, PyObject *args, PyObject *kwargs) {
    uint32_t times = stands_for();
    PyObject *token = a->before != Py_None ? listen(a->before, args, kwargs, times) : Py_NewRef(Py_None);
    if (!token && !go_on()) return NULL;
    PyObject *answer = PyObject_Call(a->original, args, kwargs);
    if (!token || token == Py_None || a->after == Py_None) return Py_XDECREF(token), answer;
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    if (type) PyErr_NormalizeException(&type, &error, &trace);
    PyObject *given = PyTuple_Pack(3, token, answer ? answer : Py_None, error ? error : Py_None);
    PyObject *told = given ? listen(a->after, given, NULL, times) : NULL;
    Py_XDECREF(given);
    Py_DECREF(token);
    if (!told && !go_on()) {
        Py_XDECREF(answer);
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(trace);
        return NULL;
    }
    Py_XDECREF(told);
    PyErr_Restore(type, error, trace);
    return answer;
}

static PyObject *around_bound(Around *a, PyObject *object, PyObject *type) {
    (void)type;
    static PyObject *method;
    if (!object || object == Py_None) return Py_NewRef((PyObject *)a);
    PyObject *types = method ? NULL : PyImport_ImportModule("types");
    if (types) method = PyObject_GetAttrString(types, "MethodType");
    Py_XDECREF(types);
    return method ? PyObject_CallFunctionObjArgs(method, (PyObject *)a, object, NULL) : NULL;
}

/* inspect.signature and whoever asks for the function's own attributes find the original's. */
static PyObject *around_attribute(Around *a, PyObject *name) {
    if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0) return Py_NewRef(a->original);
    if (PyUnicode_CompareWithASCIIString(name, "__reduce_ex__") == 0) return PyObject_GenericGetAttr((PyObject *)a, name);
    return PyObject_GetAttr(a->original, name);
}
static int around_set_attribute(Around *a, PyObject *name, PyObject *value) { return PyObject_SetAttr(a->original, name, value); }
static PyObject *around_repr(Around *a) { return PyObject_Repr(a->original); }
static PyObject *around_reduce(Around *a, PyObject *protocol) {
    (void)protocol;
    return PyObject_GetAttrString(a->original, "__qualname__");
}

/* around(owner, name, before=None, after=None) */
PyObject *around(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"owner", "name", "before", "after", NULL};
    static PyMethodDef methods[] = {{"__reduce_ex__", (PyCFunction)around_reduce, METH_O, NULL}, {0}};
    PyType_Slot slots[] = {{Py_tp_call, around_call}, {Py_tp_descr_get, around_bound}, {Py_tp_getattro, around_attribute},
                           {Py_tp_setattro, around_set_attribute}, {Py_tp_repr, around_repr}, {Py_tp_methods, methods}, {0}};
    PyType_Spec spec = {"builtins.function", sizeof(Around), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    PyObject *owner, *name, *before = Py_None, *after = Py_None;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OU|OO", words, &owner, &name, &before, &after)) return could_not();
    if (!around_type && !(around_type = PyType_FromSpec(&spec))) return could_not();
    PyObject *original = PyObject_GetAttr(owner, name);
    Around *a = original ? PyObject_New(Around, (PyTypeObject *)around_type) : NULL; /* for good: nothing is freed with it */
    if (!a) return Py_XDECREF(original), could_not();
    *a = (Around){.ob_base = a->ob_base, .original = original, .before = Py_NewRef(before), .after = Py_NewRef(after)};
    if (PyObject_SetAttr(owner, name, (PyObject *)a) < 0) return could_not();
    Py_RETURN_NONE;
}
