/* multiprocessing.connection: messages between processes. Everything that is sent or received goes through _send_bytes and
 * _recv_bytes, which are done here (transfer.c):
 *
 *   process 1   send ─ (pipe full: wait ┄ wake) ─ written ─ send(seq 7)
 *   process 2   recv ─ (nothing there: wait ┄┄┄┄┄┄┄┄┄┄ wake) ─ read ─ receive(seq 7)
 *
 * A subclass keeps what it may have of its own, and is not told. Pipe(), accept() and wait() are told too; closing is not.
 * Rejected: calls of the library's methods with records around them. Whether they block is seen only after it has begun. */
#include "connection.h"
#include "transfer.h"
#include <poll.h>

__thread Carried carried;
static PyObject *native_init, *native_send, *native_recv, *native_pipe, *native_accept, *native_wait;
static PyTypeObject *connection_type;
static PyObject *s_getvalue, *s_socket;

/* ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static uint32_t clamped(Py_ssize_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }

/* Of a pool's own pipe no message is told, and no wait before it is known whose it is. */
static Passage passage(PyObject *self, int fd, Pipe *pipe, bool outwards) {
    Passage p = {.fd = fd, .outwards = outwards, .pipe = pipe, .why = IL_WHY_MESSAGE};
    if (!pipe) return p;
    if (!pipe->quiet) pipe_tell_end(self, pipe_hold(pipe));
    p.why = outwards ? pipe->put : pipe->get, p.object = pipe_awaited(pipe);
    if (pipe->quiet) p.pipe = NULL, p.quiet = true, p.silent = p.patient = !pipe->pool || part_of_wait();
    return p;
}

static void tell_sent(const Passage *p) {
    uint32_t arg = p->pipe->subject ? 0 : clamped(p->size);
    if (carried.pipe == p->pipe) arg = carried.number, carried.pipe = NULL;
    emit(now(), IL_EV_SEND, 0, p->pipe->serial, p->number, site_here(), arg);
}

static PyObject *send_bytes(PyObject *self, PyObject *message) {
    bool ours = Py_TYPE(self) == connection_type;
    Ends e = ours ? ends_of(self) : (Ends){-1, NULL, NULL};
    if (e.fd >= 0 && !e.out) e = ends_decide(self, message, PyObject_Size(message), true);
    PyErr_Clear();
    if (e.fd < 0 || !e.out) return call(native_send, self, &message, 1, NULL);
    Passage p = passage(self, e.fd, e.out, true);
    PyObject *done = transfer_out(&p, message);
    if (done && p.pipe) tell_sent(&p);
    pipe_drop(p.pipe);
    return done;
}

/* Its name may be in the first message, which has been read. */
static void decide_by(PyObject *self, Passage *p, PyObject *file) {
    PyObject *bytes = p->size <= 256 ? PyObject_CallMethodObjArgs(file, s_getvalue, NULL) : NULL;
    Ends e = ends_decide(self, bytes ? bytes : Py_None, bytes ? p->size : 0, false);
    Py_XDECREF(bytes);
    PyErr_Clear();
    if (!e.in) return;
    p->pipe = pipe_hold(e.in);
    Turn turn = receive_begin(e.in);
    p->number = receive_end(&turn);
    pipe_tell_end(self, e.in);
}

/* maxsize=None; false: it is for the library to say what is wrong with it */
static bool parse_most(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, Py_ssize_t *most) {
    PyObject *size = argument(args, nargs, kwnames, 0, "maxsize");
    *most = PY_SSIZE_T_MAX;
    if (size && size != Py_None) *most = PyLong_Check(size) ? PyLong_AsSsize_t(size) : -1;
    if (PyErr_Occurred()) PyErr_Clear(), *most = -1;
    return *most >= 0 && nargs + (kwnames ? PyTuple_Size(kwnames) : 0) == !!size;
}

static PyObject *recv_bytes(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Py_ssize_t most;
    bool ours = Py_TYPE(self) == connection_type && parse_most(args, nargs, kwnames, &most);
    Ends e = ours ? ends_of(self) : (Ends){-1, NULL, NULL};
    if (e.fd < 0) return call(native_recv, self, args, nargs, kwnames);
    Passage p = passage(self, e.fd, e.in, false);
    PyObject *file = transfer_in(&p, most);
    if (p.whole && file && !p.pipe && !p.quiet) decide_by(self, &p, file);
    if (p.whole && p.pipe) emit(now(), IL_EV_RECEIVE, 0, p.pipe->serial, p.number, site_here(), clamped(p.size));
    pipe_drop(p.pipe);
    return file;
}

/* ── making ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *connection_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (done) ends_forget(self);
    return done;
}

/* The pipe of a queue is the queue's, which tells it. */
static bool is_for_queue(void) {
    PyObject *globals = PyEval_GetGlobals(), *name = globals ? PyDict_GetItemString(globals, "__name__") : NULL;
    return name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "multiprocessing.queues") == 0;
}

static PyObject *pipe_made(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *pair = call(native_pipe, NULL, args, nargs, kwnames);
    if (!pair || is_for_queue() || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return pair;
    PyObject *a = PyTuple_GetItem(pair, 0), *b = PyTuple_GetItem(pair, 1);
    ends_pair(a, b);
    Ends one = ends_of(a), other = ends_of(b);
    if (one.out) pipe_tell_end(a, one.out);
    if (other.out) pipe_tell_end(b, other.out);
    return pair;
}

static PyObject *accept_told(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *listener = PyObject_GetAttr(self, s_socket);
    int fd = listener ? PyObject_AsFileDescriptor(listener) : -1;
    Py_XDECREF(listener);
    PyErr_Clear();
    bool waits = fd >= 0 && !ready(fd, POLLIN);
    uint64_t since = waits ? now() : 0;
    if (waits) emit_wait(since, IL_WHY_MESSAGE, 0, 0);
    PyObject *connection = PyObject_CallFunctionObjArgs(native_accept, self, NULL), *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (waits) emit_wake(now(), connection ? GOT : RAISED, 0, 0);
    PyErr_Restore(type, value, trace);
    return connection;
}

/* ── wait(), and Connection.poll, which is a wait for itself ────────────────────────────────────────────────────── */
typedef struct {
    uint32_t why, object;
    bool ready, connections;
} Awaited;

/* What is it called if it is one thing? A descriptor: -1 there is none. */
static int look_at_one(PyObject *item, bool alone, Awaited *a) {
    bool connection = PyObject_TypeCheck(item, connection_type);
    Ends e = connection ? ends_of(item) : (Ends){PyObject_AsFileDescriptor(item), NULL, NULL};
    PyErr_Clear();
    a->connections |= connection || !PyLong_Check(item);
    if (!alone || !e.in) return e.fd;
    pipe_tell_end(item, e.in);
    a->why = e.in->get, a->object = pipe_awaited(e.in);
    return e.fd;
}

/* Is anything there? Asked for many at a time. */
static Awaited look_at(PyObject *list) {
    enum { MANY = 64 };
    struct pollfd all[MANY];
    Py_ssize_t n = PyList_Size(list);
    Awaited a = {IL_WHY_MESSAGE, 0, n == 0, false};
    for (Py_ssize_t i = 0; i < n && !a.ready; i++) {
        int fd = look_at_one(PyList_GetItem(list, i), n == 1, &a);
        all[i % MANY] = (struct pollfd){fd, POLLIN, 0};
        bool last = i % MANY == MANY - 1 || i == n - 1;
        a.ready = fd < 0 || (last && poll(all, (nfds_t)(i % MANY + 1), 0) != 0);
    }
    return a;
}

static bool is_zero(PyObject *timeout) {
    double seconds = timeout && timeout != Py_None ? PyFloat_AsDouble(timeout) : 1;
    bool zero = PyErr_Occurred() || seconds <= 0;
    PyErr_Clear();
    return zero;
}

static PyObject *wait_told(PyObject *list, PyObject *timeout) {
    Awaited a = is_zero(timeout) ? (Awaited){.ready = true} : look_at(list);
    bool silent = a.ready || part_of_wait(); /* Process.join tells its own */
    uint64_t since = silent ? 0 : now();
    uint32_t why = (a.connections ? a.why : IL_WHY_PROCESS) | timed_by(timeout); /* else sentinels */
    if (!silent) emit_wait(since, why, a.object, 0);
    Thread *t = thread_here();
    t->inside++;
    PyObject *found = PyObject_CallFunctionObjArgs(native_wait, list, timeout ? timeout : Py_None, NULL);
    t->inside--;
    if (silent) return found;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    Outcome how = !found ? RAISED : PyObject_IsTrue(found) == 1 ? GOT : TIMED_OUT;
    emit_wake(now(), how, a.object, 0);
    PyErr_Restore(type, value, trace);
    return found;
}

static PyObject *wait_any(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *objects = argument(args, nargs, kwnames, 0, "object_list");
    PyObject *timeout = argument(args, nargs, kwnames, 1, "timeout");
    bool understood = objects && nargs + (kwnames ? PyTuple_Size(kwnames) : 0) == 1 + !!timeout;
    if (!understood) return call(native_wait, NULL, args, nargs, kwnames);
    PyObject *list = PySequence_List(objects); /* it may be one that can be gone through once */
    if (!list) return NULL;
    PyObject *found = wait_told(list, timeout);
    Py_DECREF(list);
    return found;
}

/* ── the hooks ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool replace_function(PyObject *module, const PyMethodDef *def, PyObject **native) {
    *native = PyObject_GetAttrString(module, def->ml_name);
    PyObject *ours = *native ? function_named(def, NULL, "multiprocessing.connection", *native) : NULL;
    bool done = ours && PyObject_SetAttrString(module, def->ml_name, ours) == 0;
    Py_XDECREF(ours);
    return done;
}

bool hook_connection(PyObject *module) {
    enum { FLAGS = METH_FASTCALL | METH_KEYWORDS };
    static const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))connection_init, FLAGS,
                                     "($self, handle, readable=True, writable=True)"};
    static const PyMethodDef send = {"_send_bytes", send_bytes, METH_O, "($self, buf)"};
    static const PyMethodDef recv = {"_recv_bytes", (PyCFunction)(void (*)(void))recv_bytes, FLAGS, "($self, maxsize=None)"};
    static const PyMethodDef accept = {"accept", accept_told, METH_NOARGS, "($self)"};
    static const PyMethodDef pipe = {"Pipe", (PyCFunction)(void (*)(void))pipe_made, FLAGS, NULL};
    static const PyMethodDef wait = {"wait", (PyCFunction)(void (*)(void))wait_any, FLAGS, NULL};
    s_getvalue = PyUnicode_InternFromString("getvalue");
    s_socket = PyUnicode_InternFromString("_socket");
    PyObject *base = PyObject_GetAttrString(module, "_ConnectionBase"), *cls = PyObject_GetAttrString(module, "Connection");
    PyObject *listener = PyObject_GetAttrString(module, "SocketListener");
    connection_type = (PyTypeObject *)cls;
    return base && cls && listener && transfer_install() && method_replace(base, &init, &native_init) &&
           method_replace(cls, &send, &native_send) && method_replace(cls, &recv, &native_recv) &&
           method_replace(listener, &accept, &native_accept) &&
           replace_function(module, &pipe, &native_pipe) && replace_function(module, &wait, &native_wait);
}
