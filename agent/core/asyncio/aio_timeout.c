/* asyncio.timeout(), and wait_for from 3.12 on, which uses it: in comes a Timeout whose timer is set or taken away, out goes
 * that count on its task: whatever that waits for meanwhile, it gives up by itself. The older wait_for and wait() are read
 * where the task stands (aio_place.c). Not known: the timeout of as_completed, which keeps it where nothing can be read,
 * and those of other libraries, whose timers say nothing of the task that they cancel. */
#include "aio.h"

static PyObject *s_task;

static void timer_changed(PyObject *self, PyObject *before, PyObject *after) {
    if ((before == Py_None) == (after == Py_None)) return;
    PyObject *task = PyObject_GetAttr(self, s_task);
    Task *k = task ? loop_task(task) : NULL;
    Py_XDECREF(task);
    PyErr_Clear();
    if (k && after != Py_None)
        k->timeouts++;
    else if (k && k->timeouts)
        k->timeouts--;
}

bool timeout_install(PyObject *asyncio) {
    s_task = intern("_task");
    PyObject *timeout = PyObject_GetAttrString(asyncio, "Timeout");
    if (!timeout) return PyErr_Clear(), true; /* 3.10 has none */
    bool done = attribute_tell(timeout, "_timeout_handler", timer_changed);
    Py_DECREF(timeout);
    return done;
}
