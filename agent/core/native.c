/* Be like what we stand for: documentation, signatures, isinstance, module and name of the native types and functions,
 * and calls into them. Everything here runs when hooks are installed or an original is called. */
#include "core.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(PyObject *object, const char *attribute) {
    PyObject *value = PyObject_GetAttrString(object, attribute); /* kept for good: a method table points into it */
    const char *text = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, NULL) : NULL;
    PyErr_Clear();
    return text;
}

const char *doc_of(PyObject *native) { return text_of(native, "__doc__"); }

/* "name(signature)\n--\n\ndoc", from which the interpreter makes __text_signature__ and __doc__. */
static const char *doc_like(PyObject *native, const char *name) {
    const char *doc = doc_of(native), *signature = text_of(native, "__text_signature__");
    if (!doc) doc = "";
    if (!signature) return strdup(doc);
    size_t size = strlen(name) + strlen(signature) + strlen(doc) + 8;
    char *whole = malloc(size);
    if (whole) snprintf(whole, size, "%s%s\n--\n\n%s", name, signature, doc);
    return whole;
}

/* Ours with the documentation of the native type's; what the native type does not have, ours has not either. */
PyMethodDef *methods_like(PyObject *native, const PyMethodDef *ours) {
    size_t n = 0, kept = 0;
    while (ours[n].ml_name) n++;
    PyMethodDef *all = calloc(n + 1, sizeof *all);
    for (size_t i = 0; all && i < n; i++) {
        PyObject *like = PyObject_GetAttrString(native, ours[i].ml_name);
        if (!like) {
            PyErr_Clear();
            continue;
        }
        all[kept] = ours[i];
        all[kept++].ml_doc = doc_like(like, ours[i].ml_name);
        Py_DECREF(like);
    }
    return all;
}

/* ── isinstance of objects made before the hooks ────────────────────────────────────────────────────────────────── */
static struct {
    PyObject *ours, *native;
} stands[4];

static PyObject *instance_check(PyObject *cls, PyObject *object) {
    for (size_t i = 0; i < sizeof stands / sizeof *stands; i++)
        if (stands[i].ours == cls && (PyObject *)Py_TYPE(object) == stands[i].native) Py_RETURN_TRUE;
    PyObject *plain = PyObject_GetAttrString((PyObject *)&PyType_Type, "__instancecheck__");
    PyObject *answer = plain ? PyObject_CallFunctionObjArgs(plain, cls, object, NULL) : NULL;
    Py_XDECREF(plain);
    return answer;
}

void stand_for(PyObject *type, PyObject *native) {
    static PyMethodDef methods[] = {{"__instancecheck__", instance_check, METH_O, NULL}, {0}};
    static PyObject *meta;
    if (!meta) {
        PyType_Slot slots[] = {{Py_tp_methods, methods}, {0}};
        PyType_Spec spec = {"builtins.type", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        PyObject *bases = PyTuple_Pack(1, (PyObject *)&PyType_Type);
        meta = bases ? PyType_FromSpecWithBases(&spec, bases) : NULL;
        Py_XDECREF(bases);
        if (!meta) return PyErr_Clear();
    }
    for (size_t i = 0; i < sizeof stands / sizeof *stands; i++)
        if (!stands[i].ours) {
            stands[i].ours = type, stands[i].native = native;
            Py_INCREF(type), Py_INCREF(native), Py_INCREF(meta);
            type->ob_type = (PyTypeObject *)meta; /* the stable ABI of 3.10 has no other way to give a metaclass */
            return;
        }
}

bool stood_for(PyObject *native) {
    for (size_t i = 0; i < sizeof stands / sizeof *stands; i++)
        if (stands[i].native == native && native) return true;
    return false;
}

/* ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef PyObject *(*VectorCall)(PyObject *, PyObject *const *, size_t, PyObject *);
static VectorCall vectorcall;

/* self first when given; args as METH_FASTCALL has them */
PyObject *call(PyObject *f, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Py_ssize_t named = kwnames ? PyTuple_Size(kwnames) : 0, n = nargs + !!self;
    static bool looked;
    if (!looked) {
        looked = true; /* in the library of every version, in the stable ABI's headers only from 3.12 on */
        vectorcall = (VectorCall)dlsym(RTLD_DEFAULT, "PyObject_Vectorcall");
        if (!vectorcall) vectorcall = (VectorCall)dlsym(RTLD_DEFAULT, "_PyObject_Vectorcall");
    }
    if (vectorcall && n + named <= 8) {
        PyObject *all[8], **to = all;
        if (self) *to++ = self;
        for (Py_ssize_t i = 0; i < nargs + named; i++) *to++ = args[i];
        return vectorcall(f, all, (size_t)n, kwnames);
    }
    PyObject *tuple = PyTuple_New(n), *dict = named ? PyDict_New() : NULL, *answer = NULL;
    if (tuple && (dict || !named)) {
        if (self) Py_INCREF(self), PyTuple_SetItem(tuple, 0, self);
        for (Py_ssize_t i = 0; i < nargs; i++) Py_INCREF(args[i]), PyTuple_SetItem(tuple, i + !!self, args[i]);
        for (Py_ssize_t i = 0; i < named; i++) PyDict_SetItem(dict, PyTuple_GetItem(kwnames, i), args[nargs + i]);
        answer = PyObject_Call(f, tuple, dict);
    }
    Py_XDECREF(tuple);
    Py_XDECREF(dict);
    return answer;
}

/* One argument by place or by name. */
PyObject *argument(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Py_ssize_t place, const char *name) {
    if (place < nargs) return args[place];
    Py_ssize_t n = kwnames ? PyTuple_Size(kwnames) : 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(kwnames, i), name) == 0) return args[nargs + i];
    return NULL;
}

/* ── functions of modules, methods of classes written in Python ─────────────────────────────────────────────────── */
PyObject *function_named(const PyMethodDef *def, PyObject *self, const char *module, PyObject *like) {
    PyMethodDef *copy = malloc(sizeof *copy);
    PyObject *name = PyUnicode_FromString(module);
    if (!copy || !name) return NULL;
    *copy = *def;
    copy->ml_doc = doc_like(like, def->ml_name);
    PyObject *f = PyCFunction_NewEx(copy, self, name);
    Py_DECREF(name);
    return f;
}

/* os.supports_fd and its like are sets of functions. */
static void support_alike(PyObject *os, PyObject *ours, PyObject *native) {
    static const char *const sets[] = {"supports_fd", "supports_dir_fd", "supports_follow_symlinks", "supports_effective_ids"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        PyObject *set = PyObject_GetAttrString(os, sets[i]);
        if (set && PySet_Discard(set, native) == 1) PySet_Add(set, ours);
        Py_XDECREF(set);
        PyErr_Clear();
    }
}

/* A function of the module posix and its name in os; a system that lacks it has nothing to replace. */
bool posix_replace(const PyMethodDef *def, PyObject **native) {
    PyObject *os = PyImport_ImportModule("os"), *posix = PyImport_ImportModule("posix");
    if (posix) *native = PyObject_GetAttrString(posix, def->ml_name);
    if (posix && !*native) PyErr_Clear();
    PyObject *ours = *native ? function_named(def, posix, "posix", *native) : NULL;
    bool done = os && posix && (!*native || (ours && !PyObject_SetAttrString(posix, def->ml_name, ours) &&
                                             !PyObject_SetAttrString(os, def->ml_name, ours)));
    if (done && ours) support_alike(os, ours, *native);
    Py_XDECREF(ours);
    Py_XDECREF(posix);
    Py_XDECREF(os);
    return done;
}

/* A function written in Python takes any `self`; a C method only instances of one class: of the first base that has it, so
 * that a Queue of the program's may still borrow PriorityQueue._put. */
static PyTypeObject *whose(PyTypeObject *cls, const char *name) {
    for (PyTypeObject *base = cls; base && base != &PyBaseObject_Type; base = (PyTypeObject *)PyType_GetSlot(base, Py_tp_base))
        if (PyObject_HasAttrString((PyObject *)base, name)) cls = base;
    return cls;
}

/* An __init__ that may be bound to the class itself, as inspect.signature(cls) does from 3.13 on; a plain C method refuses. */
typedef struct {
    PyObject_HEAD
    PyObject *method;
} Init;

static PyObject *init_call(Init *self, PyObject *args, PyObject *kwargs) { return PyObject_Call(self->method, args, kwargs); }
static PyObject *init_attribute(Init *self, PyObject *name) { return PyObject_GetAttr(self->method, name); }
static PyObject *init_repr(Init *self) { return PyObject_Repr(self->method); }

static PyObject *init_bound(Init *self, PyObject *object, PyObject *type) {
    if (!object || object == Py_None) return Py_NewRef((PyObject *)self);
    if (!PyType_Check(object))
        return ((descrgetfunc)PyType_GetSlot(Py_TYPE(self->method), Py_tp_descr_get))(self->method, object, type);
    PyObject *types = PyImport_ImportModule("types");
    PyObject *bound = types ? PyObject_CallMethod(types, "MethodType", "OO", self, object) : NULL;
    Py_XDECREF(types);
    return bound;
}

static PyObject *init_like_function(PyObject *method) {
    static PyObject *type;
    PyType_Slot slots[] = {{Py_tp_call, init_call}, {Py_tp_getattro, init_attribute}, {Py_tp_repr, init_repr},
                           {Py_tp_descr_get, init_bound}, {0}};
    PyType_Spec spec = {"builtins.method_descriptor", sizeof(Init), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    if (!type && !(type = PyType_FromSpec(&spec))) return NULL;
    Init *self = PyObject_New(Init, (PyTypeObject *)type); /* for good: nothing is freed with it */
    if (self) self->method = method;
    return (PyObject *)self;
}

/* Puts a C method in the place of one written in Python. The original, a new reference, is what ours may call. */
bool method_replace(PyObject *cls, const PyMethodDef *def, PyObject **original) {
    PyObject *old = PyObject_GetAttrString(cls, def->ml_name);
    PyMethodDef *copy = malloc(sizeof *copy);
    if (!old || !copy) return false;
    *copy = *def;
    PyObject *inspect_free = PyObject_GetAttrString(old, "__doc__");
    Py_XINCREF(inspect_free);
    const char *doc = inspect_free && PyUnicode_Check(inspect_free) ? PyUnicode_AsUTF8AndSize(inspect_free, NULL) : "";
    size_t size = strlen(def->ml_name) + strlen(def->ml_doc) + strlen(doc) + 8;
    char *whole = malloc(size);
    if (!whole) return false;
    snprintf(whole, size, "%s%s\n--\n\n%s", def->ml_name, def->ml_doc, doc);
    copy->ml_doc = whole;
    PyErr_Clear();
    PyObject *method = PyDescr_NewMethod(whose((PyTypeObject *)cls, def->ml_name), copy);
    bool init = strcmp(def->ml_name, "__init__") == 0 && atoi(Py_GetVersion() + 2) >= 13;
    if (method && init) method = init_like_function(method);
    if (!method || PyObject_SetAttrString(cls, def->ml_name, method) < 0) return false;
    Py_DECREF(method);
    if (original)
        *original = old;
    else
        Py_DECREF(old);
    return true;
}
