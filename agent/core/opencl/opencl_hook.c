/* The hook: in comes the module pyopencl._cl, out goes nothing but that its calls into libOpenCL come to us first. Where the
 * original is, is asked of the loader: a slot that was never called through points into the loader itself. */
#include "interpose.h"
#include "opencl.h"
#include <dlfcn.h>
#include <pthread.h>

struct Cl cl;

static void *handle_of(PyObject *module) {
    PyObject *file = PyObject_GetAttrString(module, "__file__"), *path = NULL;
    void *handle = file && PyUnicode_FSConverter(file, &path) ? dlopen(PyBytes_AsString(path), RTLD_LAZY | RTLD_NOLOAD) : NULL;
    Py_XDECREF(path);
    Py_XDECREF(file);
    return handle;
}

/* Code of PyOpenCL, and of pytools, through whose decorators its functions are called. */
static bool pass_over(PyObject *module) {
    PyObject *file = PyObject_GetAttrString(module, "__file__"), *path = PyImport_ImportModule("os.path");
    PyObject *folder = file && path ? PyObject_CallMethod(path, "dirname", "O", file) : NULL;
    PyObject *beside = folder ? PyObject_CallMethod(path, "dirname", "O", folder) : NULL;
    PyObject *tools = beside ? PyUnicode_FromFormat("%U/pytools", beside) : NULL;
    bool done = tools && sites_pass_over(folder) && sites_pass_over(tools);
    Py_XDECREF(tools);
    Py_XDECREF(beside);
    Py_XDECREF(folder);
    Py_XDECREF(path);
    Py_XDECREF(file);
    return done;
}

static void in_child(void) {
    streams = NULL;
    away_forget(), works_forget(), devices_forget(), kernels_forget(), events_forget(), memory_forget();
}

bool hook_opencl(PyObject *module) {
    static bool hooked;
    if (hooked) return true;
    void *handle = handle_of(module), *inside = handle ? dlsym(handle, "PyInit__cl") : NULL;
    if (!inside || !pass_over(module)) return false;
#define CL_FIND(type, name, args) *(void **)&cl.name = dlsym(handle, "cl" #name);
    CL_FUNCTIONS(CL_FIND, CL_FIND)
    int slots = 0;
#define CL_LEAD(type, name, args) \
    if (cl.name) slots += interpose("cl" #name, (void *)our_##name, inside);
    if (cl.RetainEvent && cl.ReleaseEvent && cl.GetEventInfo && cl.GetEventProfilingInfo && cl.GetDeviceInfo &&
        away_inside(inside)) {
        CL_FUNCTIONS(CL_LEAD, CL_NOTHING)
    }
    if (!slots) return say_note("PyOpenCL is not recorded: its calls into libOpenCL cannot be followed."), true;
    harvest_forks();
    return hooked = pthread_atfork(NULL, NULL, in_child) == 0;
}
