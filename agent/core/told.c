/* What libraries that are hooked in Python tell: in come calls of interleave_agent/libraries/, out go records and side
 * lines. Each speaks of the actor that runs here, at the program's line that led here. None raises: what cannot be told is
 * a note, and the program goes on as if nothing had been asked.
 *
 *   publish()  ─→ core.job(SUBMIT, pool, key)        worker  ─→ core.job(JOB_BEGIN, pool, key) … JOB_END
 *
 * A call costs about 0.2 µs, the Python around it more: what a program does a million times a second is hooked in C. */
#include "pool.h"
#include <string.h>

/* A hook that does not fit a library's version fails at each call: after so many times once more is said, and no more. */
enum { MOST_NOTES = 100 };
/* Kernels with sizes and ranges that are known again; a program that makes up names without end has a line for each use. */
enum { MOST_WORKS = 100000 };

PyObject *could_not(void) {
    static int notes;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    if (!text) PyErr_Clear(), text = type ? PyObject_GetAttrString(type, "__name__") : NULL; /* its __str__ failed too */
    PyObject *sentence = text ? PyUnicode_FromFormat("Something of a library was not recorded: %U", text) : NULL;
    if (notes++ < MOST_NOTES && sentence) {
        Line l = line_of("note");
        line_text(&l, "text", sentence);
        line_send(&l);
    } else if (notes == MOST_NOTES + 1)
        say_note("More of libraries was not recorded; it is not listed.");
    Py_XDECREF(sentence);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Clear();
    Py_RETURN_NONE;
}

/* site −1: the program's line that led here, where one is kept */
static void tell_of(uint32_t actor, uint32_t kind, uint32_t flags, uint32_t object, uint32_t number, long long site,
                    uint32_t arg) {
    uint32_t at = site < 0 ? site_of_kind(kind) : (uint32_t)site;
    Thread *t = thread_here();
    emit_of(t, actor ? actor : actor_here(), now(), kind, flags, object, number, at, arg);
}

static void tell_of_actor(uint32_t kind, uint32_t flags, uint32_t object, uint32_t number, long long site, uint32_t arg) {
    tell_of(0, kind, flags, object, number, site, arg);
}

/* What the library sleeps, polls and waits for inside a wait that is told belongs to it. Not of a task: others run meanwhile. */
static void inside(int by) {
    Thread *t = thread_here();
    if (!t->task && (by > 0 || t->inside)) t->inside += (uint32_t)by;
}

/* make(kind, key=None, capacity=0, name=None, site=-1) → its serial here. Whoever says the same key has the same object. */
static PyObject *make(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"kind", "key", "capacity", "name", "site", NULL};
    unsigned kind;
    unsigned long long capacity = 0;
    long long site = -1;
    const char *key = NULL;
    PyObject *name = NULL;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "I|zKOL", words, &kind, &key, &capacity, &name, &site)) {
        could_not();
        return PyLong_FromLong(0);
    }
    uint32_t serial = next_serial();
    if (key) shared_say(serial, key);
    if (name && PyUnicode_Check(name)) {
        Line l = line_of("name");
        line_number(&l, "object", serial);
        line_text(&l, "name", name);
        line_send(&l);
    }
    tell_of_actor(IL_EV_NEW, kind, serial, 0, site, saturated(capacity));
    return PyLong_FromUnsignedLong(serial);
}

/* tell(event, object=0, number=0, arg=0, flags=0, site=-1, actor=0): actor 0 = who acts here */
static PyObject *tell(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"event", "object", "number", "arg", "flags", "site", "actor", NULL};
    unsigned event, object = 0, flags = 0, actor = 0;
    unsigned long long number = 0, arg = 0;
    long long site = -1;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "I|IKKILI", words, &event, &object, &number, &arg, &flags, &site, &actor))
        return could_not();
    if (event == IL_EV_SEND && flags & IL_FLAG_BLOCKS) inside(1);
    if (event == IL_EV_RECEIVE && flags & IL_FLAG_ENDS) inside(-1);
    if (event == IL_EV_LOST) channel_lost(saturated(arg));
    tell_of(actor, event, flags, object, (uint32_t)number, site, saturated(arg));
    Py_RETURN_NONE;
}

/* job(event, pool, key, flags=0, site=-1, actor=0): of the job that all processes know by these 64 bits */
static PyObject *job(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"event", "pool", "key", "flags", "site", "actor", NULL};
    unsigned event, pool, flags = 0, actor = 0;
    unsigned long long key;
    long long site = -1;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "IIK|ILI", words, &event, &pool, &key, &flags, &site, &actor))
        return could_not();
    tell_of(actor, event, flags | IL_FLAG_KEYED, pool, (uint32_t)(key >> 32), site, (uint32_t)key);
    Py_RETURN_NONE;
}

/* wait(reason, object=0, timed=False) */
static PyObject *wait_begins(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"reason", "object", "timed", NULL};
    unsigned reason, object = 0;
    int timed_out = 0;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "I|Ip", words, &reason, &object, &timed_out)) return could_not();
    Whereabouts at = stack_here();
    tell_of_actor(IL_EV_WAIT, reason | timed(timed_out != 0) | stack_flag(at), object, 0, stack_or_site(at), 0);
    inside(1);
    Py_RETURN_NONE;
}

/* wake(object=0, how=0, number=0): `number` of the event on the object that ended the wait, 0 = none of them */
static PyObject *wait_is_over(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"object", "how", "number", NULL};
    unsigned object = 0, how = 0;
    unsigned long long number = 0;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|IIK", words, &object, &how, &number)) return could_not();
    inside(-1);
    tell_of_actor(IL_EV_WAKE, how, object, 0, 0, (uint32_t)number);
    Py_RETURN_NONE;
}

/* Of any length, and of a class that calls its numbers by names; what is no integer is null. */
static void add_number(Line *l, PyObject *number) {
    PyObject *text = PyNumber_ToBase(number, 10), *bytes = text ? PyUnicode_AsEncodedString(text, "ascii", NULL) : NULL;
    line_raw(l, bytes ? PyBytes_AsString(bytes) : "null");
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    PyErr_Clear();
}

/* A number that the line cannot hold is left out. */
static void add_field(Line *l, const char *key, PyObject *number) {
    long long n = PyLong_AsLongLong(number);
    if (n == -1 && PyErr_Occurred()) PyErr_Clear();
    else line_number(l, key, n);
}

static void add_list(Line *l, const char *key, PyObject *list) {
    line_list(l, key);
    for (Py_ssize_t i = 0, n = PyList_Size(list); i < n; i++) {
        PyObject *item = PyList_GetItem(list, i);
        if (i) line_raw(l, ",");
        if (PyUnicode_Check(item)) line_text(l, NULL, item);
        else add_number(l, item);
    }
    line_raw(l, "]");
}

/* say(k, {field: str, int, bool, None or a list of str or int}): a line of the side file; None is left out */
static PyObject *say(PyObject *core, PyObject *args) {
    const char *kind;
    PyObject *fields, *key, *value;
    (void)core;
    if (!PyArg_ParseTuple(args, "sO!", &kind, &PyDict_Type, &fields)) return could_not();
    Line l = line_of(kind);
    for (Py_ssize_t at = 0; PyDict_Next(fields, &at, &key, &value);) {
        const char *field = PyUnicode_Check(key) ? PyUnicode_AsUTF8AndSize(key, NULL) : NULL;
        if (!field) {
            PyErr_Clear();
            continue;
        }
        if (PyBool_Check(value)) line_flag(&l, field, value == Py_True);
        else if (PyLong_Check(value)) add_field(&l, field, value);
        else if (PyUnicode_Check(value)) line_text(&l, field, value);
        else if (PyList_Check(value)) add_list(&l, field, value);
    }
    PyErr_Clear();
    line_send(&l);
    Py_RETURN_NONE;
}

/* count(key, 'sent' or 'received') → the next number, counted with all processes of the run on this machine; 0: it cannot be */
static PyObject *count(PyObject *core, PyObject *args) {
    const char *key, *which;
    (void)core;
    if (!PyArg_ParseTuple(args, "ss", &key, &which)) return could_not();
    Shared *s = shared_find(key);
    uint32_t *counter = !s ? NULL : strcmp(which, "sent") == 0 ? &s->sent : &s->received;
    return PyLong_FromUnsignedLong(counter ? shared_count(counter) : 0);
}

/* key(text) → 64 bits of the library's own id of a job */
static PyObject *key_of_text(PyObject *core, PyObject *text) {
    (void)core;
    PyObject *bytes = PyUnicode_Check(text) ? PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass") : NULL;
    if (!bytes) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a key is made of text");
        could_not();
        return PyLong_FromLong(0);
    }
    uint64_t key = shared_hash(PyBytes_AsString(bytes));
    Py_DECREF(bytes);
    return PyLong_FromUnsignedLongLong(key);
}

/* site_of(function) → the site of its first line, through partials and methods; 0 = not written in Python, or a library's own */
static PyObject *site_of(PyObject *core, PyObject *function) {
    (void)core;
    return PyLong_FromUnsignedLong(job_sites_start() ? job_site(function) : 0);
}

/* future_of(future, pool): who waits for this concurrent future waits for the pool */
static PyObject *future_of(PyObject *core, PyObject *args) {
    PyObject *future;
    unsigned pool;
    (void)core;
    if (!PyArg_ParseTuple(args, "OI", &future, &pool)) return could_not();
    future_is_of(future, pool);
    Py_RETURN_NONE;
}

/* pool_of(owner) → serial of an executor or Pool of the standard library, 0 = unknown */
static PyObject *pool_of_owner(PyObject *core, PyObject *owner) {
    (void)core;
    Pool *pool = pool_of(owner);
    return PyLong_FromUnsignedLong(pool ? pool->subject->serial : 0);
}

/* passes_on(class, attribute): its instances only call what is there, or first in a list that is: that is what a job runs */
static PyObject *passes_on(PyObject *core, PyObject *args) {
    PyObject *type, *attribute;
    (void)core;
    if (!PyArg_ParseTuple(args, "OU", &type, &attribute)) return could_not();
    job_passes_on(type, attribute);
    Py_RETURN_NONE;
}

/* library(folder): code in it is passed over, and what it makes is internal */
static PyObject *library(PyObject *core, PyObject *folder) {
    (void)core;
    if (!PyUnicode_Check(folder)) return PyErr_SetString(PyExc_TypeError, "a folder is text"), could_not();
    if (!sites_pass_over(folder)) return could_not();
    Py_RETURN_NONE;
}

/* own_threads(class): threads of this class are internal, whatever line of the program led to them */
static PyObject *own_threads(PyObject *core, PyObject *type) {
    (void)core;
    if (!PyType_Check(type)) return PyErr_SetString(PyExc_TypeError, "threads have a class"), could_not();
    if (!threads_own(type)) return could_not();
    Py_RETURN_NONE;
}

/* actor() → the serial of who acts here; thread() → of this thread, whatever task it runs */
static PyObject *actor(PyObject *core, PyObject *unused) {
    (void)core, (void)unused;
    return PyLong_FromUnsignedLong(actor_here());
}

static PyObject *thread(PyObject *core, PyObject *unused) {
    (void)core, (void)unused;
    return PyLong_FromUnsignedLong(thread_here()->serial);
}

/* ── devices ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* now() → ns of the run's clock, for reached() to say later when something was */
static PyObject *now_here(PyObject *core, PyObject *unused) {
    (void)core, (void)unused;
    return PyLong_FromUnsignedLongLong(now());
}

static void add_sizes(Line *l, const char *key, PyObject *sizes) {
    PyObject *list = sizes ? PySequence_List(sizes) : NULL;
    if (list && PyList_Size(list)) add_list(l, key, list);
    Py_XDECREF(list);
}

/* work(name, whole=(), group=()) → its id: of a kernel, work items and those of a group. Said once */
static PyObject *work(PyObject *core, PyObject *args) {
    static PyObject *known;
    PyObject *name, *whole = NULL, *group = NULL;
    (void)core;
    if (!known) known = PyDict_New();
    PyObject *id = known ? PyDict_GetItemWithError(known, args) : NULL;
    if (id) return Py_NewRef(id);
    if (PyErr_Occurred() || !PyArg_ParseTuple(args, "U|O!O!", &name, &PyTuple_Type, &whole, &PyTuple_Type, &group))
        return could_not(), PyLong_FromLong(0);
    uint32_t serial = next_work();
    Line l = line_of("work");
    line_number(&l, "id", serial);
    line_text(&l, "name", name);
    add_sizes(&l, "global", whole);
    add_sizes(&l, "local", group);
    line_send(&l);
    PyErr_Clear();
    id = PyLong_FromUnsignedLong(serial);
    if (id && PyDict_Size(known) < MOST_WORKS && PyDict_SetItem(known, args, id) < 0) PyErr_Clear();
    return id;
}

/* reached(stream, number, stage, since=0, failed=False): the command got so far when now() said `since`, 0 = just now */
static PyObject *reached(PyObject *core, PyObject *args, PyObject *kwargs) {
    static char *words[] = {"stream", "number", "stage", "since", "failed", NULL};
    unsigned stream, stage;
    unsigned long long number;
    long long since = 0;
    int failed = 0;
    (void)core;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "IKI|Lp", words, &stream, &number, &stage, &since, &failed))
        return could_not();
    Thread *t = thread_here();
    uint64_t time = now(), ago = since > 0 && (uint64_t)since < time ? time - (uint64_t)since : 0;
    emit_of(t, t->serial, time, IL_EV_REACH, stage | (failed ? IL_FLAG_FAILED : 0), stream, (uint32_t)number,
            (uint32_t)(ago >> 32), (uint32_t)ago);
    Py_RETURN_NONE;
}

/* thread_of(tid) → the serial of the thread with the system's number, 0 = nothing was heard of it */
static PyObject *thread_of(PyObject *core, PyObject *tid) {
    (void)core;
    unsigned long number = PyLong_Check(tid) ? PyLong_AsUnsignedLong(tid) : 0;
    if (PyErr_Occurred()) PyErr_Clear(), number = 0;
    return PyLong_FromUnsignedLong(number ? thread_of_system((uint32_t)number) : 0);
}

/* site() → the program's line that led here, for what is told of it later; 0 = none */
static PyObject *site(PyObject *core, PyObject *unused) {
    (void)core, (void)unused;
    return PyLong_FromUnsignedLong(site_here());
}

#define WITH_WORDS(function) (PyCFunction)(void (*)(void))function, METH_VARARGS | METH_KEYWORDS, NULL
static PyMethodDef told[] = {
    {"make", WITH_WORDS(make)},
    {"tell", WITH_WORDS(tell)},
    {"job", WITH_WORDS(job)},
    {"wait", WITH_WORDS(wait_begins)},
    {"wake", WITH_WORDS(wait_is_over)},
    {"say", say, METH_VARARGS, NULL},
    {"count", count, METH_VARARGS, NULL},
    {"key", key_of_text, METH_O, NULL},
    {"site_of", site_of, METH_O, NULL},
    {"future_of", future_of, METH_VARARGS, NULL},
    {"pool_of", pool_of_owner, METH_O, NULL},
    {"passes_on", passes_on, METH_VARARGS, NULL},
    {"library", library, METH_O, NULL},
    {"own_threads", own_threads, METH_O, NULL},
    {"actor", actor, METH_NOARGS, NULL},
    {"around", WITH_WORDS(around)},
    {"thread", thread, METH_NOARGS, NULL},
    {"thread_of", thread_of, METH_O, NULL},
    {"site", site, METH_NOARGS, NULL},
    {"work", work, METH_VARARGS, NULL},
    {"now", now_here, METH_NOARGS, NULL},
    {"reached", WITH_WORDS(reached)},
    {0},
};

bool told_add(PyObject *module) { return PyModule_AddFunctions(module, told) == 0; }
