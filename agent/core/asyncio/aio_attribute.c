/* An attribute of a class written in Python whose changes are told: `_locked` of asyncio's Lock, `_value` of its Semaphore.
 * What acquires a lock there is a statement inside a coroutine, and so the statement is where it can be seen. In comes the
 * class and the name, out goes a descriptor on the class that keeps the value where it was, in the object's __dict__. */
#include "aio.h"
#include <stdlib.h>

typedef struct {
    PyGetSetDef def;
    PyObject *name;
    Changed changed;
} Attribute;

static PyObject *missing(PyObject *self, const Attribute *a) {
    PyObject *type = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__name__");
    if (type) PyErr_Format(PyExc_AttributeError, "'%U' object has no attribute '%U'", type, a->name);
    Py_XDECREF(type);
    return NULL;
}

static PyObject *attribute_get(PyObject *self, void *closure) {
    const Attribute *a = closure;
    PyObject *dict = PyObject_GenericGetDict(self, NULL);
    PyObject *value = dict ? PyDict_GetItemWithError(dict, a->name) : NULL;
    Py_XINCREF(value);
    Py_XDECREF(dict);
    return value || PyErr_Occurred() ? value : missing(self, a);
}

static int attribute_set(PyObject *self, PyObject *value, void *closure) {
    const Attribute *a = closure;
    PyObject *dict = PyObject_GenericGetDict(self, NULL);
    PyObject *before = dict ? PyDict_GetItemWithError(dict, a->name) : NULL;
    if (!dict || PyErr_Occurred()) return Py_XDECREF(dict), -1;
    Py_XINCREF(before);
    int done = value ? PyDict_SetItem(dict, a->name, value) : before ? PyDict_DelItem(dict, a->name) : (missing(self, a), -1);
    if (done == 0 && before && value && before != value) a->changed(self, before, value);
    Py_XDECREF(before);
    Py_DECREF(dict);
    return done;
}

bool attribute_tell(PyObject *cls, const char *name, Changed changed) {
    Attribute *a = malloc(sizeof *a);
    if (!a) return false;
    *a = (Attribute){{name, attribute_get, attribute_set, NULL, a}, intern(name), changed};
    PyObject *descriptor = PyDescr_NewGetSet((PyTypeObject *)cls, &a->def);
    bool done = descriptor && PyObject_SetAttrString(cls, name, descriptor) == 0;
    Py_XDECREF(descriptor);
    return done;
}
