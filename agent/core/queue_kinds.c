/* The three classes of queue.py and of asyncio/queues.py: hooking their _put and _get, and telling who has its own. */
#include "queue_kinds.h"
#include "condition.h"

bool queue_kind_hook(PyObject *module, QueueKind *k, const PyMethodDef *put, const PyMethodDef *get) {
    k->object = PyObject_GetAttrString(module, k->cls);
    if (!k->object || !method_replace(k->object, put, NULL) || !method_replace(k->object, get, NULL)) return false;
    k->our_put = PyObject_GetAttrString(k->object, "_put");
    k->our_get = PyObject_GetAttrString(k->object, "_get");
    if (k->put) k->put_name = intern(k->put), k->get_name = intern(k->get);
    return k->our_put && k->our_get;
}

const QueueKind *queue_kind_of(PyObject *queue, const QueueKind kinds[QUEUE_KINDS]) {
    for (int i = QUEUE_KINDS - 1; i > 0; i--)
        if (PyObject_IsInstance(queue, kinds[i].object) == 1) return &kinds[i];
    return &kinds[0];
}

bool queue_has_own_order(PyObject *queue, const QueueKind *k) {
    PyObject *put = PyObject_GetAttrString((PyObject *)Py_TYPE(queue), "_put");
    PyObject *get = PyObject_GetAttrString((PyObject *)Py_TYPE(queue), "_get");
    bool own = put != k->our_put || get != k->our_get;
    Py_XDECREF(put);
    Py_XDECREF(get);
    PyErr_Clear();
    return own;
}
