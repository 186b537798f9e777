/* The module: install(), called once by interleave_agent, opens the channel and puts the hooks in; farewell() is called
 * at exit. What a forked child says of itself (process_say) is kept ready as text, so that it needs no Python then. */
#include "core.h"
#include "gil.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Line about; /* the lasting part of the process line */
static int64_t cost_ns;

static void add_strings(Line *l, const char *key, PyObject *list) {
    Py_ssize_t n = list && PyList_Check(list) ? PyList_Size(list) : 0;
    line_raw(l, ",\"");
    line_raw(l, key);
    line_raw(l, "\":[");
    for (Py_ssize_t i = 0; i < n; i++) {
        if (i) line_raw(l, ",");
        line_text(l, NULL, PyList_GetItem(list, i));
    }
    line_raw(l, "]");
}

/* What `-m` names: sys.argv does not have it yet. The interpreter's other options have no argument that could be "-m". */
static void add_module(Line *l) {
    PyObject *words = PySys_GetObject("orig_argv");
    for (Py_ssize_t i = 1, n = words && PyList_Check(words) ? PyList_Size(words) : 0; i + 1 < n; i++)
        if (PyUnicode_CompareWithASCIIString(PyList_GetItem(words, i), "-m") == 0)
            return line_text(l, "module", PyList_GetItem(words, i + 1));
}

static void learn_about(PyObject *cwd) {
    char version[16] = {0};
    sscanf(Py_GetVersion(), "%15s", version);
    about = (Line){0};
    PyObject *argv = PySys_GetObject("argv"), *first = argv && PyList_Check(argv) && PyList_Size(argv) ? PyList_GetItem(argv, 0) : NULL;
    add_strings(&about, "argv", argv);
    if (first && PyUnicode_CompareWithASCIIString(first, "-m") == 0) add_module(&about);
    line_text(&about, "executable", PySys_GetObject("executable"));
    line_text(&about, "cwd", cwd);
    line_utf8(&about, "python", version);
    line_utf8(&about, "build", "cpython");
}

void process_say(const char *fork_of) {
    Line l = line_of("process");
    line_number(&l, "pid", getpid());
    line_number(&l, "ppid", getppid());
    if (fork_of) line_utf8(&l, "forkOf", fork_of);
    line_raw(&l, about.text);
    struct timespec wall;
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)now());
    clock_gettime(CLOCK_REALTIME, &wall);
    line_utf8(&l, "monotonic", digits);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)wall.tv_sec * 1000000000u + (unsigned long long)wall.tv_nsec);
    line_utf8(&l, "realtime", digits);
    line_number(&l, "costNs", cost_ns);
    line_number(&l, "mainThread", thread_me ? thread_me->serial : 1);
    line_utf8(&l, "host", host_name());
    line_utf8(&l, "clock", host_clock());
    line_send(&l);
}

/* What one event takes: the site, the clock and the record, written to nowhere. The least of several tries. */
static int64_t measure_cost(void) {
    enum { EVENTS = 256, TRIES = 8 };
    static volatile Record scratch[EVENTS];
    uint64_t least = UINT64_MAX;
    for (int try = 0; try < TRIES; try++) {
        uint64_t from = now();
        for (int i = 0; i < EVENTS; i++) {
            uint32_t site = site_here();
            scratch[i] = (Record){now(), 1, 1, (uint32_t)i, site, IL_EV_ACQUIRE, 0, 0};
        }
        (void)scratch[0].time;
        uint64_t took = now() - from;
        if (took < least) least = took;
    }
    return (int64_t)((least + EVENTS / 2) / EVENTS);
}

static uint32_t number_in(const char *variable, uint32_t otherwise) {
    const char *text = getenv(variable);
    char *end;
    long value = text ? strtol(text, &end, 10) : -1;
    return text && end != text && value >= 0 ? (uint32_t)value : otherwise;
}

/* Locks that were made before the hooks, or by C code: nobody can tell of them, but they can be counted. */
static uint32_t count_unseen(void) {
    PyObject *gc = PyImport_ImportModule("gc"), *all = gc ? PyObject_CallMethod(gc, "get_objects", NULL) : NULL;
    Py_ssize_t n = all && PyList_Check(all) ? PyList_Size(all) : 0;
    uint32_t count = 0;
    for (Py_ssize_t i = 0; i < n; i++) count += stood_for((PyObject *)Py_TYPE(PyList_GetItem(all, i)));
    Py_XDECREF(all);
    Py_XDECREF(gc);
    PyErr_Clear();
    return count;
}

/* The last of Python's own exit functions. What follows, objects being destroyed, may still be told. */
static PyObject *farewell(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    PyObject *type = PySys_GetObject("last_type"), *value = PySys_GetObject("last_value");
    Thread *main_thread = thread_here();
    if (type && value && type != Py_None && !main_thread->raised) {
        main_thread->raised = true;
        say_error(main_thread->serial, type, value);
    }
    say_main_name();
    channel_unseen(count_unseen());
    Py_RETURN_NONE;
}

/* After the interpreter: the main thread ends, and then the process. Between them is what libraries do at the end. */
void main_thread_ends(void) {
    Thread *t = thread_here();
    if (!t->ended) emit(now(), IL_EV_THREAD_END, t->raised ? IL_OUTCOME_RAISED : IL_OUTCOME_DONE, t->serial, ++t->seq, 0, 0);
    t->ended = true;
}

void harvest(void) { opencl_harvest(), cuda_harvest(); }

static void end(void) {
    opencl_end(), cuda_end();
    main_thread_ends();
    gil_stop();
    channel_end();
}

/* install(folder, stdlib, agent, cwd) → True when recording */
static PyObject *install(PyObject *module, PyObject *args) {
    (void)module;
    const char *folder;
    PyObject *stdlib, *agent, *cwd;
    if (!PyArg_ParseTuple(args, "sUUU", &folder, &stdlib, &agent, &cwd)) return NULL;
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) Py_RETURN_FALSE;
    static bool installed; /* the types of the first Python are gone, its file is closed */
    if (installed) return say_note("A Python that was started anew in this process is not recorded."), Py_NewRef(Py_False);
    installed = true;
    clock_start();
    const char *why_not;
    sites_fast = frames_learn(&why_not);
    if (!sites_start(stdlib, agent)) return NULL;
    cost_ns = measure_cost();
    if (!sites_start(stdlib, agent)) return NULL; /* anew: the side file was not there to say sites to */
    stacks_start(number_in(IL_ENV_STACK_DEPTH, 16));
    learn_about(cwd);
    if (!channel_start(folder)) Py_RETURN_FALSE;
    thread_first_seen();
    process_say(NULL);
    channel_mark();
    say_main_name();
    say_server_name();
    gil_start(number_in(IL_ENV_GIL, 1) != 0);
    Py_AtExit(end);
    if (!sites_fast) say_note(why_not);
    PyObject *thread = PyImport_ImportModule("_thread");
    if (!thread || !lock_install(thread) || !rlock_install(thread) || !thread_install(thread) || !sleep_install() || !exit_install() ||
        !spawn_install() || !reap_install() || !system_install())
        return NULL;
    Py_DECREF(thread);
    channel_unseen(count_unseen());
    Py_RETURN_TRUE;
}

static PyObject *note(PyObject *module, PyObject *text) {
    (void)module;
    Line l = line_of("note");
    line_text(&l, "text", text);
    line_send(&l);
    Py_RETURN_NONE;
}

/* cuda_prepare(libcupti), cuda_leave(to whom), away_under(folder) */
#define TELLS(name)                                                                                                            \
    static PyObject *name##_py(PyObject *core, PyObject *text) {                                                               \
        (void)core;                                                                                                            \
        const char *utf8 = PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;                                  \
        if (utf8) name(utf8);                                                                                                  \
        return utf8 || !PyErr_Occurred() ? Py_NewRef(Py_None) : NULL;                                                          \
    }
TELLS(cuda_prepare)
TELLS(cuda_leave)
TELLS(away_under)

static PyObject *hooked(bool done) {
    if (done) return Py_NewRef(Py_None);
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, "a hook found no place");
    return NULL;
}

/* hook_x(module) as Python calls it */
#define HOOK(name)                                                                                                             \
    static PyObject *name##_py(PyObject *core, PyObject *module) {                                                             \
        (void)core;                                                                                                            \
        return hooked(name(module));                                                                                           \
    }
#define HOOKED(name) {#name, name##_py, METH_O, NULL}
HOOK(hook_threading)
HOOK(hook_queue)
HOOK(hook_futures)
HOOK(hook_thread_executor)
HOOK(hook_process_executor)
HOOK(hook_pool)
HOOK(hook_connection)
HOOK(hook_process_queue)
HOOK(hook_shared_memory)
HOOK(hook_asyncio)
HOOK(hook_uvloop)
HOOK(hook_selectors)
HOOK(hook_signal)
HOOK(hook_warnings)
HOOK(hook_posixsubprocess)
HOOK(hook_subprocess)
HOOK(hook_process)
HOOK(hook_popen_forkserver)
HOOK(hook_semlock)
HOOK(hook_synchronize)
HOOK(hook_sharedctypes)
HOOK(hook_mpi)
HOOK(hook_nvtx)
HOOK(hook_opencl)

static PyMethodDef functions[] = {
    {"install", install, METH_VARARGS, NULL}, {"farewell", farewell, METH_NOARGS, NULL}, {"note", note, METH_O, NULL},
    HOOKED(hook_threading),
    HOOKED(hook_queue),
    HOOKED(hook_futures),
    HOOKED(hook_thread_executor),
    HOOKED(hook_process_executor),
    HOOKED(hook_pool),
    HOOKED(hook_connection),
    HOOKED(hook_process_queue),
    HOOKED(hook_shared_memory),
    HOOKED(hook_asyncio),
    HOOKED(hook_uvloop),
    HOOKED(hook_selectors),
    HOOKED(hook_signal),
    HOOKED(hook_warnings),
    HOOKED(hook_posixsubprocess),
    HOOKED(hook_subprocess),
    HOOKED(hook_process),
    HOOKED(hook_popen_forkserver),
    HOOKED(hook_semlock),
    HOOKED(hook_synchronize),
    HOOKED(hook_sharedctypes),
    HOOKED(hook_mpi),
    HOOKED(hook_nvtx),
    HOOKED(hook_opencl),
    {"cuda_prepare", cuda_prepare_py, METH_O, NULL},
    {"cuda_leave", cuda_leave_py, METH_O, NULL},
    {"away_under", away_under_py, METH_O, NULL},
    {0},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "interleave_core", .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC PyInit_interleave_core(void) {
    PyObject *module = PyModule_Create(&definition);
    return module && told_add(module) ? module : NULL;
}
