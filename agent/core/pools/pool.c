/* Pools: in comes an executor or Pool object, out go its subject and `new`. They are kept beside the program's objects, by
 * address, until a weak reference says that the object is gone.
 *
 *   parent    Pool(4) ─→ new(pool 9, 4), shared(9, "pool:<device>:<inode>") of the pipe that brings jobs to the workers
 *   worker    the same pipe ─→ pool 9 (forked), or a serial of its own with the same key (spawned)
 *
 * (Rejected: a key in the worker's arguments. The program may look at them, and its subclasses make them.) */
#include "pool.h"
#include "pipe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Pool *pools;
__thread Submission submission;
Subject pool_unknown = {.refs = 1, .kind = IL_OBJ_POOL};

Pool *pool_of(PyObject *owner) {
    for (Pool *p = pools; p; p = p->next)
        if (p->owner == owner) return p;
    return NULL;
}

/* The weak reference's callback: the executor is gone; futures may still hold the subject. */
static PyObject *forget(PyObject *unused, PyObject *ends) {
    (void)unused;
    for (Pool **at = &pools; *at; at = &(*at)->next) {
        Pool *p = *at;
        if (p->ends != ends) continue;
        *at = p->next;
        subject_drop(p->subject);
        free(p);
        Py_DECREF(ends);
        break;
    }
    Py_RETURN_NONE;
}

static bool key_of(PyObject *pipe, char *key, size_t size) {
    PyObject *number = PyObject_CallMethod(pipe, "fileno", NULL);
    struct stat about;
    bool known = number && fstat((int)PyLong_AsLong(number), &about) == 0;
    if (known) snprintf(key, size, "pool:%llx:%llx", (unsigned long long)about.st_dev, (unsigned long long)about.st_ino);
    Py_XDECREF(number);
    PyErr_Clear();
    return known;
}

static Pool *remember(PyObject *owner, Pool known) {
    static PyMethodDef def = {"forget", forget, METH_O, NULL};
    PyObject *callback = PyCFunction_NewEx(&def, NULL, NULL);
    Pool *p = malloc(sizeof *p);
    PyObject *ends = p && callback ? PyWeakref_NewRef(owner, callback) : NULL;
    Py_XDECREF(callback);
    if (!ends) return PyErr_Clear(), free(p), NULL;
    *p = known;
    p->owner = owner, p->ends = ends, p->next = pools;
    return pools = p;
}

/* Not `internal` where the standard library made it, for its jobs are the program's; but where a hooked library did so and no
 * line of the program had led there. */
Pool *pool_made(PyObject *owner, uint32_t workers, PyObject *jobs_pipe) {
    Pool known = {.processes = jobs_pipe != NULL};
    bool named = jobs_pipe && key_of(jobs_pipe, known.key, sizeof known.key);
    if (!(known.subject = subject_new(IL_OBJ_POOL))) return NULL;
    Pool *p = remember(owner, known);
    if (!p) return subject_drop(known.subject), NULL;
    if (named) shared_say(p->subject->serial, p->key);
    Site site = site_find(ANY_CALLS);
    uint32_t internal = site.id ? 0 : internal_flag(site);
    emit(now(), IL_EV_NEW, IL_OBJ_POOL | internal, p->subject->serial, ++p->subject->seq, site.id, workers);
    return p;
}

Subject *pool_at(PyObject *jobs_pipe) {
    char key[sizeof pools->key];
    if (!key_of(jobs_pipe, key, sizeof key)) return NULL;
    for (Pool *p = pools; p; p = p->next)
        if (strcmp(p->key, key) == 0) return subject_hold(p->subject);
    Subject *s = subject_new(IL_OBJ_POOL);
    if (s) shared_say(s->serial, key);
    return s;
}

void pipe_speaks_for(PyObject *owner, const char *queue, const char *end, const Subject *pool) {
    PyObject *object = queue ? PyObject_GetAttrString(owner, queue) : Py_NewRef(owner);
    PyObject *connection = object ? PyObject_GetAttrString(object, end) : NULL;
    if (connection) ends_wait_for(connection, pool->serial);
    Py_XDECREF(connection);
    Py_XDECREF(object);
    PyErr_Clear();
}

Voice *voice_of_attribute(PyObject *object, PyObject *attribute) {
    PyObject *condition = PyObject_GetAttr(object, attribute);
    if (!condition) return PyErr_Clear(), NULL;
    Voice *v = voice_of(condition);
    Py_DECREF(condition); /* the object keeps it */
    return v;
}

/* ── the function of a job ──────────────────────────────────────────────────────────────────────────────────────── */
static PyTypeObject *function_type, *method_type, *context_type;
static PyObject *partial_type, *s_func, *s_args, *s_function;

bool job_sites_start(void) {
    if (function_type) return true;
    PyObject *types = PyImport_ImportModule("types"), *functools = PyImport_ImportModule("functools");
    PyObject *contextvars = PyImport_ImportModule("_contextvars");
    s_func = intern("func"), s_args = intern("args"), s_function = intern("__func__");
    partial_type = functools ? PyObject_GetAttrString(functools, "partial") : NULL;
    method_type = types ? (PyTypeObject *)PyObject_GetAttrString(types, "MethodType") : NULL;
    context_type = contextvars ? (PyTypeObject *)PyObject_GetAttrString(contextvars, "Context") : NULL;
    function_type = types ? (PyTypeObject *)PyObject_GetAttrString(types, "FunctionType") : NULL;
    Py_XDECREF(contextvars);
    Py_XDECREF(functools);
    Py_XDECREF(types);
    return partial_type && method_type && context_type && function_type;
}

static PyObject *first_of(PyObject *args) {
    PyObject *first = args && PyTuple_Check(args) && PyTuple_Size(args) ? PyTuple_GetItem(args, 0) : NULL;
    return first ? Py_NewRef(first) : NULL;
}

/* partial(f, …) → f; of what only passes a function on (Context.run, a chunk of a map) → that function */
static PyObject *inside_partial(PyObject *partial) {
    PyObject *inner = PyObject_GetAttr(partial, s_func), *args = inner ? PyObject_GetAttr(partial, s_args) : NULL;
    PyObject *self = inner && PyCFunction_Check(inner) ? PyCFunction_GetSelf(inner) : NULL;
    PyObject *passed = (self && Py_TYPE(self) == context_type) || job_wrapper(inner) ? first_of(args) : NULL;
    Py_XDECREF(args);
    if (!passed) return inner;
    Py_DECREF(inner);
    return passed;
}

/* Classes of a hooked library that only pass on what is called: instances have it in an attribute, or first in a list there. */
static struct {
    PyObject *type, *attribute;
} passing[8];

void job_passes_on(PyObject *type, PyObject *attribute) {
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (passing[i].type) continue;
        Py_INCREF(passing[i].type = type);
        Py_INCREF(passing[i].attribute = attribute);
        return;
    }
}

static PyObject *passed_on(PyObject *f) {
    for (size_t i = 0; i < sizeof passing / sizeof *passing && passing[i].type; i++) {
        if ((PyObject *)Py_TYPE(f) != passing[i].type) continue;
        PyObject *inner = PyObject_GetAttr(f, passing[i].attribute);
        while (inner && PySequence_Check(inner) && !PyUnicode_Check(inner)) {
            PyObject *first = PySequence_GetItem(inner, 0);
            Py_DECREF(inner);
            inner = first;
        }
        return inner;
    }
    return NULL;
}

static PyObject *unwrapped(PyObject *f) {
    PyObject *inner = passed_on(f);
    if (inner) return inner;
    PyErr_Clear();
    if (Py_TYPE(f) == method_type) return PyObject_GetAttr(f, s_function);
    if (PyObject_TypeCheck(f, (PyTypeObject *)partial_type)) return inside_partial(f);
    return PyCFunction_Check(f) || PyType_Check(f) ? NULL : PyObject_GetAttrString((PyObject *)Py_TYPE(f), "__call__");
}

uint32_t job_site(PyObject *function) {
    PyObject *f = function ? Py_NewRef(function) : NULL;
    for (int i = 0; f && Py_TYPE(f) != function_type && i < 8; i++) {
        PyObject *inner = unwrapped(f);
        Py_DECREF(f);
        f = inner;
    }
    PyErr_Clear();
    uint32_t site = f && Py_TYPE(f) == function_type ? site_of_function(f) : 0;
    Py_XDECREF(f);
    return site;
}
