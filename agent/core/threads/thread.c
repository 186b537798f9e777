/* Threads: in come _thread.start_new_thread and start_joinable_thread, out go threadStart on the parent, threadBegin and
 * threadEnd on the child, whose serial the parent gives it.
 *
 *   parent   threadStart(7) ─┬─────────────────── wait(join 7) ┄┄┄┄┄┄┄┄┄┄┄ wake
 *   child 7                  └ threadBegin … threadEnd(how) ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┘ arg = seq of threadEnd
 *
 * What starts in the program's place is a Start, called once with nothing. */
#include "core.h"
#include <dlfcn.h>

typedef struct {
    PyObject_HEAD
    PyObject *function, *args, *kwargs;
    PyObject *thread; /* the threading.Thread, or NULL */
    PyObject *name;   /* as it was told */
    Subject *subject;
} Start;

static PyTypeObject *start_type;
static PyObject *native_start, *native_start_joinable;

static void say_name(uint32_t serial, PyObject *name, PyObject *daemon) {
    Line l = line_of("name");
    line_number(&l, "object", serial);
    line_text(&l, "name", name);
    if (daemon) line_flag(&l, "daemon", daemon == Py_True);
    line_send(&l);
}

static PyObject *attribute(PyObject *object, const char *name) {
    PyObject *value = object ? PyObject_GetAttrString(object, name) : NULL;
    if (!value) PyErr_Clear();
    return value;
}

/* Its name and daemon are said once at the start, and again at the end when the program gave it another name. */
static void say_thread(Start *s, bool again) {
    PyObject *name = attribute(s->thread, "_name"), *daemon = attribute(s->thread, "_daemonic");
    if (name && PyUnicode_Check(name) && (!again || !s->name || PyUnicode_Compare(name, s->name) != 0)) {
        say_name(s->subject->serial, name, daemon);
        Py_XDECREF(s->name);
        Py_INCREF(s->name = name);
    }
    Py_XDECREF(name);
    Py_XDECREF(daemon);
}

/* At the start threading need not be there yet: the name is the one that it will give. */
void say_main_name(void) {
    PyObject *modules = PySys_GetObject("modules");
    PyObject *threading = modules ? PyDict_GetItemString(modules, "threading") : NULL;
    PyObject *thread = attribute(threading, "_main_thread"), *name = attribute(thread, "_name");
    if (!name) name = PyUnicode_FromString("MainThread");
    static PyObject *said;
    if (name && PyUnicode_Check(name) && (!said || PyUnicode_Compare(said, name) != 0)) {
        say_name(thread_here()->serial, name, Py_False);
        Py_XDECREF(said);
        Py_INCREF(said = name);
    }
    Py_XDECREF(name);
    Py_XDECREF(thread);
}

void say_error(uint32_t thread, PyObject *type, PyObject *value) {
    PyObject *name = type ? attribute(type, "__qualname__") : NULL, *text = value ? PyObject_Str(value) : NULL;
    PyErr_Clear();
    Line l = line_of("error");
    line_number(&l, "thread", thread);
    line_text(&l, "type", name);
    if (text)
        line_text(&l, "text", text);
    else
        line_utf8(&l, "text", "");
    line_send(&l);
    Py_XDECREF(name);
    Py_XDECREF(text);
}

/* "Exception ignored in thread started by …" as thread_run of this version writes it. */
static void write_unraisable(PyObject *function) {
    typedef void (*Older)(const char *, PyObject *);
    typedef void (*Newer)(const char *, ...);
    Older older = (Older)dlsym(RTLD_DEFAULT, "_PyErr_WriteUnraisableMsg");
    Newer newer = (Newer)dlsym(RTLD_DEFAULT, "PyErr_FormatUnraisable");
    if (older)
        older("in thread started by", function);
    else if (newer)
        newer("Exception ignored in thread started by %R", function);
    else
        PyErr_WriteUnraisable(function);
}

static PyObject *start_run(Start *s, PyObject *no_args, PyObject *no_kwargs) {
    (void)no_args, (void)no_kwargs;
    Subject *me = s->subject;
    Thread *t = thread_begin(me->serial, me->seq);
    PyObject *answer = PyObject_Call(s->function, s->args, s->kwargs);
    if (!answer && PyErr_ExceptionMatches(PyExc_SystemExit)) {
        PyErr_Clear();
    } else if (!answer) {
        PyObject *type, *value, *trace;
        PyErr_Fetch(&type, &value, &trace);
        PyErr_NormalizeException(&type, &value, &trace);
        say_error(me->serial, type, value);
        t->raised = true;
        PyErr_Restore(type, value, trace);
        write_unraisable(s->function);
    }
    Py_XDECREF(answer);
    say_thread(s, true);
    t->ended = me->ended = true;
    me->seq = ++t->seq;
    emit(now(), IL_EV_THREAD_END, t->raised ? IL_OUTCOME_RAISED : IL_OUTCOME_DONE, me->serial, me->seq, 0, 0);
    Py_RETURN_NONE;
}

static void start_dealloc(Start *s) {
    PyTypeObject *type = Py_TYPE(s);
    Py_XDECREF(s->function);
    Py_XDECREF(s->args);
    Py_XDECREF(s->kwargs);
    Py_XDECREF(s->thread);
    Py_XDECREF(s->name);
    subject_drop(s->subject);
    PyObject_Free(s);
    Py_DECREF(type);
}

static PyObject *start_repr(Start *s) { return PyObject_Repr(s->function); }

/* The quiet lock in Thread._started is where a Thread keeps its subject, for join. */
static PyObject *lock_of_thread(PyObject *thread) {
    PyObject *started = attribute(thread, "_started"), *cond = attribute(started, "_cond"), *lock = attribute(cond, "_lock");
    Py_XDECREF(started);
    Py_XDECREF(cond);
    if (lock && Py_TYPE(lock) == lock_type) return lock;
    Py_XDECREF(lock);
    return NULL;
}

static PyObject *own_classes; /* of threads: a tuple for isinstance */

/* Threads of this class are a library's own, whatever line of the program led to them. false: an exception is set */
bool threads_own(PyObject *type) {
    PyObject *one = PyTuple_Pack(1, type), *all = own_classes && one ? PySequence_Concat(own_classes, one) : Py_XNewRef(one);
    Py_XDECREF(one);
    if (all) Py_XDECREF(own_classes), own_classes = all;
    return all != NULL;
}

static bool is_own(PyObject *thread) {
    int yes = own_classes && thread ? PyObject_IsInstance(thread, own_classes) : 0;
    if (yes < 0) PyErr_Clear();
    return yes > 0;
}

static Start *start_of(PyObject *function, PyObject *args, PyObject *kwargs) {
    Start *s = PyObject_New(Start, start_type);
    if (!s) return NULL;
    s->kwargs = kwargs, s->thread = s->name = NULL;
    Py_INCREF(s->function = function), Py_INCREF(s->args = args), Py_XINCREF(kwargs);
    if (!(s->subject = subject_new(IL_OBJ_THREAD))) return Py_DECREF(s), (Start *)PyErr_NoMemory();
    PyObject *self = PyCFunction_Check(function) ? NULL : attribute(function, "__self__");
    PyObject *lock = self ? lock_of_thread(self) : NULL;
    if (lock) {
        s->thread = self, self = NULL;
        Subject *before = ((Lock *)lock)->subject;
        ((Lock *)lock)->subject = subject_hold(s->subject); /* its role stays silent */
        subject_drop(before);
        Py_DECREF(lock);
        say_thread(s, false);
    }
    Py_XDECREF(self);
    Site site = site_find(ANY_CALLS);
    /* a hooked library's own, which no line of the program led to */
    uint32_t internal = is_own(s->thread) ? IL_FLAG_INTERNAL : site.id ? 0 : internal_flag(site);
    emit(now(), IL_EV_THREAD_START, internal, s->subject->serial, ++s->subject->seq, site.id, 0);
    return s;
}

/* start_new_thread(function, args[, kwargs]) */
static PyObject *start_new(PyObject *module, PyObject *all) {
    (void)module;
    PyObject *function, *args, *kwargs = NULL;
    if (!PyArg_UnpackTuple(all, "start_new_thread", 2, 3, &function, &args, &kwargs) || !PyCallable_Check(function) ||
        !PyTuple_Check(args) || (kwargs && !PyDict_Check(kwargs))) {
        PyErr_Clear();
        return PyObject_CallObject(native_start, all);
    }
    PyObject *start = (PyObject *)start_of(function, args, kwargs), *nothing = PyTuple_New(0);
    PyObject *answer = start && nothing ? PyObject_CallFunctionObjArgs(native_start, start, nothing, NULL) : NULL;
    Py_XDECREF(start);
    Py_XDECREF(nothing);
    return answer;
}

/* start_joinable_thread(function[, daemon=True[, handle=None]]), 3.13 and later */
static PyObject *start_joinable(PyObject *module, PyObject *args, PyObject *kwargs) {
    (void)module;
    PyObject *function = PyTuple_Size(args) ? PyTuple_GetItem(args, 0) : NULL;
    if (!function || !PyCallable_Check(function)) return PyObject_Call(native_start_joinable, args, kwargs);
    PyObject *nothing = PyTuple_New(0);
    PyObject *start = nothing ? (PyObject *)start_of(function, nothing, NULL) : NULL;
    Py_ssize_t n = PyTuple_Size(args);
    PyObject *changed = start ? PyTuple_New(n) : NULL;
    for (Py_ssize_t i = 0; changed && i < n; i++) {
        PyObject *item = i ? PyTuple_GetItem(args, i) : start;
        Py_INCREF(item);
        PyTuple_SetItem(changed, i, item);
    }
    PyObject *answer = changed ? PyObject_Call(native_start_joinable, changed, kwargs) : NULL;
    Py_XDECREF(changed);
    Py_XDECREF(start);
    Py_XDECREF(nothing);
    return answer;
}

/* ── threading.Thread ───────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *native_join, *native_make_hook;

static PyObject *thread_join(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *lock = lock_of_thread(self);
    Subject *s = lock ? subject_hold(((Lock *)lock)->subject) : NULL;
    Py_XDECREF(lock);
    if (!s) return call(native_join, self, args, nargs, kwnames); /* not started by us */
    uint64_t since = now();
    uint32_t why = IL_WHY_JOIN | timed_by(argument(args, nargs, kwnames, 0, "timeout"));
    emit_wait(since, why, s->serial, 0);
    PyObject *answer = call(native_join, self, args, nargs, kwnames);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    emit_wake(now(), !answer ? RAISED : s->ended ? GOT : TIMED_OUT, s->serial, s->seq);
    PyErr_Restore(type, value, trace);
    subject_drop(s);
    return answer;
}

/* Stands before Thread._invoke_excepthook: an exception that nobody caught, SystemExit apart. */
static PyObject *excepthook_told(PyObject *invoke, PyObject *thread) {
    PyObject *exc_info = PySys_GetObject("exc_info"), *info = exc_info ? PyObject_CallNoArgs(exc_info) : NULL;
    PyObject *type = info ? PyTuple_GetItem(info, 0) : NULL;
    if (type && type != Py_None && !PyErr_GivenExceptionMatches(type, PyExc_SystemExit)) {
        say_error(thread_here()->serial, type, PyTuple_GetItem(info, 1));
        thread_here()->raised = true;
    }
    Py_XDECREF(info);
    PyErr_Clear();
    return PyObject_CallFunctionObjArgs(invoke, thread, NULL);
}

static PyObject *make_hook(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    static PyMethodDef def = {"invoke_excepthook", excepthook_told, METH_O, NULL};
    PyObject *invoke = PyObject_CallNoArgs(native_make_hook);
    PyObject *ours = invoke ? PyCFunction_NewEx(&def, invoke, NULL) : NULL;
    Py_XDECREF(invoke);
    return ours;
}

bool thread_hook_classes(PyObject *threading) {
    static const PyMethodDef join = {"join", (PyCFunction)(void (*)(void))thread_join, METH_FASTCALL | METH_KEYWORDS,
                                     "($self, timeout=None)"};
    static const PyMethodDef hook = {"_make_invoke_excepthook", make_hook, METH_NOARGS, NULL};
    PyObject *cls = PyObject_GetAttrString(threading, "Thread");
    bool done = cls && method_replace(cls, &join, &native_join);
    Py_XDECREF(cls);
    native_make_hook = attribute(threading, "_make_invoke_excepthook");
    PyObject *ours = native_make_hook ? function_named(&hook, NULL, "threading", native_make_hook) : NULL;
    if (ours) done &= PyObject_SetAttrString(threading, "_make_invoke_excepthook", ours) == 0;
    Py_XDECREF(ours);
    return done;
}

bool thread_install(PyObject *thread) {
    PyType_Slot slots[] = {{Py_tp_dealloc, start_dealloc}, {Py_tp_call, start_run}, {Py_tp_repr, start_repr}, {0}};
    PyType_Spec spec = {"_thread.start", sizeof(Start), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    static const PyMethodDef def[] = {
        {"start_new_thread", start_new, METH_VARARGS, NULL},
        {"start_new", start_new, METH_VARARGS, NULL},
        {"start_joinable_thread", (PyCFunction)(void (*)(void))start_joinable, METH_VARARGS | METH_KEYWORDS, NULL},
    };
    if (!(start_type = (PyTypeObject *)PyType_FromSpec(&spec))) return false;
    if (!(native_start = PyObject_GetAttrString(thread, "start_new_thread"))) return false;
    native_start_joinable = attribute(thread, "start_joinable_thread");
    for (int i = 0; i < (native_start_joinable ? 3 : 2); i++) {
        PyObject *ours = function_named(&def[i], thread, "_thread", i == 2 ? native_start_joinable : native_start);
        if (!ours || PyObject_SetAttrString(thread, def[i].ml_name, ours) < 0) return false;
        Py_DECREF(ours);
    }
    return true;
}
