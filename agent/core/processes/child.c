/* The children of this process, whatever way they were started: who lives, by pid, and under which serial. In come pids and
 * how they ended, out go childStart and childEnd, each child's name, and what this process itself is called.
 *
 *   parent   childStart(7, pid 71) ───────────────────────── childEnd(7, exit 0)   when somebody here learned of it
 *   pid 71      └ stamped before the child's first event
 *
 * A pid is the system's to use again once the child was reaped, so a child leaves the list then, and one that was reaped
 * unseen leaves it when its pid comes again. What the parent started is not a forked child's child. */
#include "core.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    long pid;
    uint32_t serial;
} Child;

static Child *children;
static size_t living, room;
static uint32_t of_fork; /* whose children they are */
__thread PyObject *process_starting;

static Child *find(long pid) {
    if (of_fork != forks) of_fork = forks, living = 0;
    for (size_t i = living; i-- > 0;)
        if (children[i].pid == pid) return &children[i];
    return NULL;
}

uint32_t child_serial(long pid) {
    Child *c = find(pid);
    return c ? c->serial : 0;
}

void child_forget(long pid) {
    Child *c = find(pid);
    if (c) *c = children[--living];
}

static bool keep(long pid, uint32_t serial) {
    child_forget(pid);
    if (living == room) {
        Child *more = realloc(children, (room * 2 + 8) * sizeof *more);
        if (!more) return false;
        children = more, room = room * 2 + 8;
    }
    children[living++] = (Child){pid, serial};
    return true;
}

/* ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What multiprocessing runs for itself, known by the code that it gives to `python -c`. */
static const char *server_of(PyObject *argument) {
    static const char *const servers[][2] = {
        {"from multiprocessing.forkserver import main", "forkserver"},
        {"from multiprocessing.resource_tracker import main", "resource tracker"},
    };
    const char *text = PyUnicode_Check(argument) ? PyUnicode_AsUTF8AndSize(argument, NULL) : NULL;
    PyErr_Clear();
    for (size_t i = 0; text && i < sizeof servers / sizeof *servers; i++)
        if (strncmp(text, servers[i][0], strlen(servers[i][0])) == 0) return servers[i][1];
    return NULL;
}

static PyObject *text_of(PyObject *argument) {
    PyObject *path = PyOS_FSPath(argument);
    if (!path || !PyBytes_Check(path)) return path;
    PyObject *text = PyUnicode_DecodeFSDefault(PyBytes_AsString(path));
    Py_DECREF(path);
    return text;
}

static PyObject *without_folder(PyObject *path) {
    Py_ssize_t slash = PyUnicode_FindChar(path, '/', 0, PY_SSIZE_T_MAX, -1);
    PyObject *name = PyUnicode_Substring(path, slash + 1, PY_SSIZE_T_MAX);
    Py_DECREF(path);
    return name;
}

static PyObject *shortened(PyObject *line) {
    enum { LONGEST = 120 };
    if (!line || PyUnicode_GetLength(line) <= LONGEST) return line;
    PyObject *begin = PyUnicode_Substring(line, 0, LONGEST), *cut = begin ? PyUnicode_FromFormat("%U%s", begin, "…") : NULL;
    Py_XDECREF(begin);
    Py_DECREF(line);
    return cut;
}

/* A command line as people read it: the program without its folder, not endless; or whose server it is. NULL, without an
 * exception: there is none to read, or reading it would use it up. */
static PyObject *command(PyObject *argv, const char **server) {
    PyObject *words = argv && (PyList_Check(argv) || PyTuple_Check(argv)) ? PySequence_List(argv) : NULL;
    Py_ssize_t n = words ? PyList_Size(words) : 0, i = 0;
    for (; i < n; i++) {
        PyObject *word = text_of(PyList_GetItem(words, i));
        if (word && i == 0) word = without_folder(word);
        if (!word) break;
        if (!*server) *server = server_of(word);
        PyList_SetItem(words, i, word);
    }
    PyObject *space = PyUnicode_FromString(" ");
    PyObject *line = *server ? PyUnicode_FromString(*server) : n && i == n && space ? PyUnicode_Join(space, words) : NULL;
    Py_XDECREF(words);
    Py_XDECREF(space);
    line = shortened(line);
    PyErr_Clear();
    return line;
}

void say_process_name(PyObject *name) {
    Line l = line_of("processName");
    line_text(&l, "name", name);
    line_send(&l);
}

/* At install: is this process one of multiprocessing's own? What the fork server forks is told by those who asked for it. */
static bool is_forkserver;

void say_server_name(void) {
    PyObject *argv = PySys_GetObject("orig_argv");
    Py_ssize_t n = argv && PyList_Check(argv) ? PyList_Size(argv) : 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        const char *server = server_of(PyList_GetItem(argv, i));
        PyObject *name = server ? PyUnicode_FromString(server) : NULL;
        if (name) say_process_name(name);
        if (server) is_forkserver = strcmp(server, "forkserver") == 0;
        Py_XDECREF(name);
    }
}

/* ── the two events ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* `since`, or as soon after it as this thread's chunk allows, whose times never go back. */
static uint64_t since_or_later(uint64_t since) {
    Thread *t = thread_here();
    if (!t->next || t->left == IL_RECORDS_PER_CHUNK) return since;
    uint64_t last = t->next[-1].time;
    return last > since ? last : since;
}

static void say_child(uint32_t serial, PyObject *argv) {
    const char *server = NULL;
    PyObject *line = command(argv, &server), *name = process_starting && !server ? process_starting : line;
    if (name) {
        Line l = line_of("name");
        line_number(&l, "object", serial);
        line_text(&l, "name", name);
        line_send(&l);
    }
    Py_XDECREF(line);
}

/* `argv`: its command line, or NULL. */
void child_started(uint64_t since, uint32_t how, long pid, PyObject *argv) {
    if (is_forkserver && forks == 0 && how == IL_START_FORK) return;
    uint32_t serial = next_serial();
    Site site = site_find(ANY_CALLS);
    if (!keep(pid, serial)) return;
    say_child(serial, argv);
    emit(since_or_later(since), IL_EV_CHILD_START, how | internal_flag(site), serial, 0, site.id, (uint32_t)pid);
}

void child_ended(long pid, bool signalled, int code) {
    Child *c = find(pid);
    if (!c) return;
    emit(now(), IL_EV_CHILD_END, signalled ? IL_FLAG_SIGNALLED : 0, c->serial, 0, site_here(), (uint32_t)code);
    child_forget(pid);
}
