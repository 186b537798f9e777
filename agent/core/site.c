/* Sites: in comes "a hook was called", out goes the number of the program's line that called it.
 *
 *   (code, instruction) ─ hash ─→ entry { site, what kind of caller }   hit: ≤ 10 ns
 *                            └ miss: the documented API says file, line and function; one line to the side file
 *
 * Frames of threading.py, queue.py, multiprocessing, concurrent.futures, asyncio, subprocess, os, the import system, runpy
 * and this agent are passed over: the site is the line of the program that led there. What those of the library make is silent, but for a
 * manager's server: its threads would seem to run while they wait. Hooked libraries (libraries/) are passed over too, and
 * what they make is told, but internal, for the same reason. Where an event loop calls a callback the search ends:
 * the line that runs the loop did not lead there. An entry owns its code object, so an address never comes to mean
 * another function. */
#include "coroutine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 1 << 18 }; /* a program that makes code without end is not kept alive by us */
enum { CALLER_PROGRAM = 1, CALLER_STDLIB = 2, CALLER_LIBRARY = 4, CALLER_IMPORT = 8, CALLER_SERVER = 16, CALLER_LOOP = 32 };
enum { CALLER_HIDDEN = 64, CALLER_HOOKED = 128 };

typedef struct {
    uintptr_t code, instruction;
    uint32_t site;
    uint32_t caller; /* CALLER_… */
} Entry;

static Entry *entries;
static uint32_t room, filled, last_site;
static PyObject *library[8], *servers[2], *stdlib_folder, *agent_folder;
static PyObject *libraries; /* list of the folders of hooked libraries */
bool sites_fast;

static inline uint32_t slot_of(uintptr_t code, uintptr_t instruction) {
    uint64_t h = (code + instruction * 31) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 40) & (room - 1);
}

static inline Entry *entry_at(uintptr_t code, uintptr_t instruction) {
    for (uint32_t i = slot_of(code, instruction);; i = (i + 1) & (room - 1)) {
        Entry *e = &entries[i];
        if (likely(e->instruction == instruction && e->code == code)) return e;
        if (!e->code) return e;
    }
}

static bool grow(void) {
    Entry *old = entries;
    uint32_t n = room;
    Entry *bigger = calloc(n ? n * 2 : 1024, sizeof *bigger);
    if (!bigger) return false;
    entries = bigger;
    room = n ? n * 2 : 1024;
    for (uint32_t i = 0; i < n; i++)
        if (old[i].code) *entry_at(old[i].code, old[i].instruction) = old[i];
    free(old);
    return true;
}

static bool starts_with(PyObject *text, PyObject *prefix) {
    return prefix && PyUnicode_Tailmatch(text, prefix, 0, PY_SSIZE_T_MAX, -1) == 1;
}

static bool contains(PyObject *text, const char *part) {
    PyObject *p = PyUnicode_FromString(part);
    bool yes = p && PyUnicode_Contains(text, p) == 1;
    Py_XDECREF(p);
    return yes;
}

static bool begins(PyObject *text, const char *part) {
    PyObject *p = PyUnicode_FromString(part);
    bool yes = p && starts_with(text, p);
    Py_XDECREF(p);
    return yes;
}

static bool ends(PyObject *text, const char *part) {
    PyObject *p = PyUnicode_FromString(part);
    bool yes = p && PyUnicode_Tailmatch(text, p, 0, PY_SSIZE_T_MAX, 1) == 1;
    Py_XDECREF(p);
    return yes;
}

static uint32_t caller_kind(PyObject *file) {
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        if (servers[i] && PyUnicode_Compare(file, servers[i]) == 0) return CALLER_SERVER;
    for (size_t i = 0; i < sizeof library / sizeof *library; i++)
        if (starts_with(file, library[i])) return CALLER_LIBRARY;
    for (Py_ssize_t i = libraries ? PyList_Size(libraries) : 0; i-- > 0;)
        if (starts_with(file, PyList_GetItem(libraries, i))) return CALLER_HOOKED;
    if (starts_with(file, agent_folder)) return CALLER_IMPORT;
    if (begins(file, "<frozen importlib") || begins(file, "<frozen runpy") || ends(file, "/runpy.py")) return CALLER_IMPORT;
    if (begins(file, "<generated: 'pyopencl ")) return CALLER_HOOKED; /* code that it writes to launch a kernel */
    if (begins(file, "<frozen os>")) return CALLER_LIBRARY;
    if (begins(file, "<frozen ")) return CALLER_STDLIB;
    if (starts_with(file, stdlib_folder) && !contains(file, "site-packages") && !contains(file, "dist-packages"))
        return CALLER_STDLIB;
    return CALLER_PROGRAM;
}

/* Code that was run by exec() in a bare dictionary is no place in a file: who calls it is. (The properties of a Value.) */
static bool is_nowhere(PyObject *file, PyObject *frame) {
    PyObject *globals = begins(file, "<string>") ? PyObject_GetAttrString(frame, "f_globals") : NULL;
    bool bare = globals && PyDict_Check(globals) && !PyDict_GetItemString(globals, "__name__");
    Py_XDECREF(globals);
    return bare;
}

/* The file of code: what cloudpickle has carried to another process says its file in its globals alone. A new reference. */
static PyObject *file_of(PyObject *code, PyObject *holder, const char *globals_of) {
    PyObject *file = PyObject_GetAttrString(code, "co_filename");
    if (!file || !PyUnicode_Check(file) || PyUnicode_CompareWithASCIIString(file, "<dynamic-code>") != 0) return file;
    PyObject *globals = PyObject_GetAttrString(holder, globals_of);
    PyObject *home = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__file__") : NULL;
    if (home && PyUnicode_Check(home)) {
        Py_DECREF(file);
        file = Py_NewRef(home);
    }
    Py_XDECREF(globals);
    PyErr_Clear();
    return file;
}

/* "Account.deposit": co_qualname, or in 3.10 the class of a first argument called self. That is read in place: f_locals
 * would make a copy of all variables, which keeps them alive. */
static PyObject *function_name(PyCodeObject *code, PyObject *frame) {
    PyObject *name = PyObject_GetAttrString((PyObject *)code, "co_qualname");
    if (name) return name;
    PyErr_Clear();
    name = PyObject_GetAttrString((PyObject *)code, "co_name");
    PyObject *variables = PyObject_GetAttrString((PyObject *)code, "co_varnames");
    PyObject *first = variables && PyTuple_Check(variables) && PyTuple_Size(variables) ? PyTuple_GetItem(variables, 0) : NULL;
    bool method = first && PyUnicode_CompareWithASCIIString(first, "self") == 0 && layout.first_local;
    PyObject *self = method ? AT(PyObject *, (Frame)frame, layout.first_local) : NULL;
    PyObject *type = self ? PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__qualname__") : NULL;
    if (name && type) {
        PyObject *whole = PyUnicode_FromFormat("%U.%U", type, name);
        Py_DECREF(name);
        name = whole;
    }
    Py_XDECREF(type);
    Py_XDECREF(variables);
    PyErr_Clear();
    return name;
}

static uint32_t say_site(PyObject *file, int line, PyObject *function) {
    uint32_t id = ++last_site;
    Line l = line_of("site");
    line_number(&l, "id", id);
    line_text(&l, "file", file);
    line_number(&l, "line", line);
    line_text(&l, "func", function);
    line_send(&l);
    return id;
}

static void remember(Entry e, PyCodeObject *owner) {
    if (filled * 2 >= room && !grow()) return;
    Entry *at = entry_at(e.code, e.instruction);
    if (at->code) return;
    *at = e;
    filled++;
    Py_XINCREF(owner);
}

/* asyncio.events.Handle._run */
static bool runs_callbacks(PyObject *file, PyCodeObject *code) {
    PyObject *name = contains(file, "asyncio/events.py") ? PyObject_GetAttrString((PyObject *)code, "co_name") : NULL;
    bool yes = name && PyUnicode_CompareWithASCIIString(name, "_run") == 0;
    Py_XDECREF(name);
    return yes;
}

/* Several instructions of one line are one site: the line, marked as such, is a key like an instruction. */
static Entry entry_of_line(PyFrameObject *frame, PyCodeObject *code) {
    int line = PyFrame_GetLineNumber(frame);
    uintptr_t key = (uintptr_t)line | (uintptr_t)1 << 63;
    Entry *known = entry_at((uintptr_t)code, key);
    if (known->code) return *known;
    Entry e = {(uintptr_t)code, key, 0, CALLER_PROGRAM};
    PyObject *file = file_of((PyObject *)code, (PyObject *)frame, "f_globals");
    if (file && PyUnicode_Check(file)) e.caller = is_nowhere(file, (PyObject *)frame) ? CALLER_LIBRARY : caller_kind(file);
    if (e.caller == CALLER_LIBRARY && runs_callbacks(file, code)) e.caller = CALLER_LOOP;
    if (file && e.caller & (CALLER_PROGRAM | CALLER_STDLIB)) {
        PyObject *function = function_name(code, (PyObject *)frame);
        e.site = say_site(file, line, function);
        Py_XDECREF(function);
    }
    Py_XDECREF(file);
    PyErr_Clear();
    remember(e, code);
    return e;
}

/* First call from this instruction: ask the API. A frame that it passes over, as what 3.13 puts under the __init__ of an often
 * made object, is hidden: its code is the interpreter's own, and it does not count as a caller. */
static Entry learn(PyFrameObject *frame, uintptr_t code, uintptr_t instruction) {
    PyCodeObject *object = PyFrame_GetCode(frame);
    bool visible = (uintptr_t)object == code;
    Entry e = visible ? entry_of_line(frame, object) : (Entry){.caller = CALLER_HIDDEN};
    e.code = code, e.instruction = instruction;
    remember(e, visible ? object : NULL);
    Py_DECREF(object);
    return e;
}

/* While a line is looked up: an exception may be on its way (a wait can end by one), and garbage is not collected (before
 * 3.12 any allocation may): its __del__ is the program's, and would act in the middle of the event that asks. */
typedef struct {
    PyObject *type, *value, *trace;
    int collecting;
} Aside;

static Aside put_aside(void) {
    Aside a;
    PyErr_Fetch(&a.type, &a.value, &a.trace);
    a.collecting = PyGC_Disable();
    return a;
}

static void take_back(Aside a) {
    if (a.collecting) PyGC_Enable();
    PyErr_Restore(a.type, a.value, a.trace);
}

/* The frame object `up` calls above the present one, a new reference. */
static PyFrameObject *frame_object(int up) {
    PyObject *f = (PyObject *)PyEval_GetFrame();
    Py_XINCREF(f);
    while (f && up-- > 0) {
        PyObject *back = PyObject_GetAttrString(f, "f_back");
        Py_DECREF(f);
        f = back;
        if (f == Py_None) Py_DECREF(f), f = NULL;
    }
    PyErr_Clear();
    return (PyFrameObject *)f;
}

static Entry entry_of(Frame f, int up) {
    uintptr_t code = frame_code(f), instruction = frame_instruction(f);
    Entry *e = entry_at(code, instruction);
    if (likely(e->code)) return *e;
    Entry learned = {0, 0, 0, CALLER_PROGRAM};
    if (filled >= MOST_ENTRIES) return learned;
    Aside aside = put_aside();
    PyFrameObject *object = frame_object(up);
    if (object) learned = learn(object, code, instruction);
    Py_XDECREF(object);
    take_back(aside);
    return learned;
}

uint32_t site_here_fast(void) {
    int up = 0;
    for (Frame f = frame_top(); f; f = frame_previous(f)) {
        Entry *e = entry_at(frame_code(f), frame_instruction(f));
        if (unlikely(!e->code)) {
            Entry learned = entry_of(f, up);
            if (learned.site || learned.caller == CALLER_LOOP) return learned.site;
            up += learned.caller != CALLER_HIDDEN;
        } else if (e->site || e->caller == CALLER_LOOP)
            return e->site;
        else
            up += e->caller != CALLER_HIDDEN;
    }
    return 0;
}

/* One more caller on the way out; true: that settles it. */
static bool settles(Site *s, Entry e, int *calls) {
    if (e.caller == CALLER_HIDDEN) return false;
    s->id = e.site;
    s->internal |= (e.caller & (CALLER_STDLIB | CALLER_SERVER | CALLER_HOOKED)) != 0;
    s->own = e.site || s->internal || (e.caller & (CALLER_LIBRARY | CALLER_LOOP) && --*calls >= 0);
    return s->id || !s->own || e.caller & (CALLER_LOOP | CALLER_IMPORT);
}

static Site find_slowly(int calls) {
    Site s = {.own = true};
    Aside aside = put_aside();
    for (PyFrameObject *f = frame_object(0); f;) {
        PyCodeObject *code = PyFrame_GetCode(f);
        bool enough = settles(&s, entry_of_line(f, code), &calls);
        Py_DECREF(code);
        PyObject *back = enough ? NULL : PyObject_GetAttrString((PyObject *)f, "f_back");
        Py_DECREF(f);
        f = back == Py_None ? NULL : (PyFrameObject *)back;
        if (back == Py_None) Py_DECREF(back);
    }
    take_back(aside);
    return s;
}

uint32_t site_suspended(Frame f, PyObject *coroutine) {
    uintptr_t code = frame_code(f), instruction = frame_instruction(f);
    Entry *e = entry_at(code, instruction);
    if (likely(e->code)) return e->site;
    if (filled >= MOST_ENTRIES) return 0;
    Aside aside = put_aside();
    PyObject *frame = PyObject_GetAttrString(coroutine, "cr_frame");
    uint32_t site = frame && frame != Py_None ? learn((PyFrameObject *)frame, code, instruction).site : 0;
    Py_XDECREF(frame);
    take_back(aside);
    return site;
}

__thread const char *library_caller;

Site site_find(int calls) {
    if (!sites_fast) return find_slowly(calls);
    Site s = {.own = true};
    if (unlikely(library_caller != NULL) && frame_top() == library_caller) return (Site){.own = false};
    int up = 0;
    for (Frame f = frame_top(); f; f = frame_previous(f)) {
        Entry e = entry_of(f, up);
        if (settles(&s, e, &calls)) break;
        up += e.caller != CALLER_HIDDEN;
    }
    return s;
}

/* The first line of what runs the code, one look-up a code object. `named` has its __qualname__. */
static Entry entry_of_code(PyObject *code, PyObject *named, uint32_t callers) {
    enum { FUNCTION_SHIFT = 62 };
    const uintptr_t key = (uintptr_t)1 << FUNCTION_SHIFT;
    Entry e = *entry_at((uintptr_t)code, key);
    if (likely(e.code) || filled >= MOST_ENTRIES) return e;
    Aside aside = put_aside();
    PyObject *file = file_of(code, named, "__globals__"), *line = PyObject_GetAttrString(code, "co_firstlineno");
    PyObject *name = PyObject_GetAttrString(named, "__qualname__");
    e = (Entry){(uintptr_t)code, key, 0, CALLER_PROGRAM};
    if (file && PyUnicode_Check(file)) e.caller = caller_kind(file);
    if (file && line && name && e.caller & callers) e.site = say_site(file, (int)PyLong_AsLong(line), name);
    Py_XDECREF(file);
    Py_XDECREF(line);
    Py_XDECREF(name);
    PyErr_Clear();
    remember(e, (PyCodeObject *)code);
    take_back(aside);
    return e;
}

/* Of a function written in Python, 0 when it is the library's own. */
uint32_t site_of_function(PyObject *function) {
    static PyObject *s_code;
    if (!s_code) s_code = PyUnicode_InternFromString("__code__");
    PyObject *code = PyObject_GetAttr(function, s_code);
    if (!code) return PyErr_Clear(), 0;
    uint32_t site = entry_of_code(code, function, CALLER_PROGRAM | CALLER_STDLIB).site;
    Py_DECREF(code);
    return site;
}

uint32_t site_of_coroutine(PyObject *coroutine, PyObject *code, bool *hooked) {
    Entry e = entry_of_code(code, coroutine, CALLER_PROGRAM | CALLER_STDLIB | CALLER_LIBRARY | CALLER_HOOKED);
    *hooked = e.caller == CALLER_HOOKED;
    return e.site;
}

/* One more caller on the way out, `up` visible ones above the present: its line, 0 = none of the program. false: it will
 * have to be asked for again. */
bool site_of_frame(Frame f, int *up, uint32_t *site, bool *loop) {
    Entry e = entry_of(f, *up);
    *site = e.site, *loop = e.caller == CALLER_LOOP;
    *up += e.caller != CALLER_HIDDEN;
    return e.code != 0;
}

bool sites_pass_over(PyObject *folder) {
    if (!libraries && !(libraries = PyList_New(0))) return false;
    PyObject *prefix = PyUnicode_FromFormat("%U/", folder);
    bool added = prefix && PyList_Append(libraries, prefix) == 0;
    Py_XDECREF(prefix);
    return added;
}

/* `stdlib`: its folder; `agent`: ours, whose frames nobody wants to see. */
bool sites_start(PyObject *stdlib, PyObject *agent) {
    static const char *names[] = {"threading.py", "queue.py", "_threading_local.py", "multiprocessing/", "concurrent/futures/",
                                  "asyncio/", "subprocess.py", "os.py"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!(library[i] = PyUnicode_FromFormat("%U/%s", stdlib, names[i]))) return false;
    static const char *server_names[] = {"managers.py", "resource_sharer.py"};
    for (size_t i = 0; i < sizeof server_names / sizeof *server_names; i++)
        if (!(servers[i] = PyUnicode_FromFormat("%U/multiprocessing/%s", stdlib, server_names[i]))) return false;
    entries = NULL, room = filled = last_site = 0;
    Py_INCREF(stdlib_folder = stdlib);
    Py_INCREF(agent_folder = agent);
    return grow();
}
