/* The hooks of the library's modules written in Python, put in when the program has imported them.
 * Something may have imported threading before the hooks (a .pth file): then its own names for what _thread has are
 * changed here too; the locks that it already made stay native and are counted as unseen. */
#include "condition.h"

bool thread_hook_classes(PyObject *threading);
bool shutdown_hook(PyObject *threading);

static bool rename_to_ours(PyObject *module) {
    static const char *const names[][2] = {
        {"_allocate_lock", "allocate_lock"},       {"Lock", "allocate_lock"},
        {"_CRLock", "RLock"},                      {"_start_new_thread", "start_new_thread"},
        {"_start_joinable_thread", "start_joinable_thread"}, {"_LockType", "LockType"},
    };
    PyObject *thread = PyImport_ImportModule("_thread");
    bool done = thread != NULL;
    for (size_t i = 0; done && i < sizeof names / sizeof *names; i++) {
        const char *source = i == 1 && PyObject_HasAttrString(thread, "lock") ? "lock" : names[i][1];
        if (!PyObject_HasAttrString(module, names[i][0])) continue;
        PyObject *ours = PyObject_GetAttrString(thread, source);
        done = ours && PyObject_SetAttrString(module, names[i][0], ours) == 0;
        Py_XDECREF(ours);
    }
    Py_XDECREF(thread);
    return done;
}

bool hook_threading(PyObject *threading) {
    return rename_to_ours(threading) && thread_hook_classes(threading) && shutdown_hook(threading) && condition_hook(threading) &&
           semaphore_hook(threading) && event_hook(threading) && barrier_hook(threading);
}
