/* multiprocessing.connection: messages between processes. Everything that is sent or received goes through _send_bytes and
 * _recv_bytes, which stay the library's; around them:
 *
 *   process 1   send ─ (pipe full: wait ┄ wake) ─ written ─ send(seq 7)
 *   process 2   recv ─ (nothing there: wait ┄┄┄┄┄┄┄┄┄┄ wake) ─ read ─ receive(seq 7)
 *
 * The reader's wait is ours: poll() until there is something, without the GIL, so that it ends when it does and a number is
 * claimed (pipe.c) only while a message really moves. The writer's is the library's call, when there was no room before.
 * Pipe(), accept() and wait() are told too; closing is not. */
#include "connection.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

enum { HEADER = 4, AT_ONCE = 4096 /* PIPE_BUF: what a pipe that can be written to takes whole */ };

__thread bool queue_making;
__thread Carried carried;
static PyObject *native_init, *native_send, *native_recv, *native_pipe, *native_accept, *native_wait;
static PyTypeObject *connection_type;
static PyObject *s_tell, *s_getvalue, *s_socket;

/* ── waiting ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Blocks as read does: signals run their handlers in between. */
static Outcome await(int fd, uint64_t *until) {
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        int found, error;
        Py_BEGIN_ALLOW_THREADS
        found = poll(&p, 1, -1);
        error = errno;
        gil_keep();
        *until = now();
        Py_END_ALLOW_THREADS
        if (found >= 0 || error != EINTR) return GOT; /* what is wrong with it, the library's call will say */
        gil_tell();
        int raised = PyErr_CheckSignals();
        *until = now();
        if (raised < 0) return RAISED;
    }
}

static bool blocking(int fd) { return !(fcntl(fd, F_GETFL) & O_NONBLOCK); }

/* false: an exception was raised by a signal's handler */
static bool wait_for_message(int fd, uint32_t why, uint32_t object) {
    if (part_of_wait() || ready(fd, POLLIN) || !blocking(fd)) return true;
    uint64_t since = now(), until = since;
    emit_wait(since, why, object, site_here(), 0);
    Outcome how = await(fd, &until);
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    if (how == RAISED) PyErr_Fetch(&type, &value, &trace);
    emit_wake(since, until, how, object, 0);
    gil_tell();
    if (how == RAISED) PyErr_Restore(type, value, trace);
    return how != RAISED;
}

/* More than the pipe has room for now. */
static bool overflows(int fd, Py_ssize_t size) {
    int used = 0, capacity = fcntl(fd, F_GETPIPE_SZ);
    if (capacity < 0) capacity = 65536; /* a socket: about that much of its buffer holds messages */
    return ioctl(fd, FIONREAD, &used) < 0 || size > capacity - used;
}

/* ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static uint32_t clamped(Py_ssize_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }

static void tell_sent(const Pipe *p, Py_ssize_t size, uint32_t number) {
    uint32_t arg = p->subject ? 0 : clamped(size);
    if (carried.pipe == p) arg = carried.number, carried.pipe = NULL;
    emit(now(), IL_EV_SEND, 0, p->serial, number, site_here(), arg);
}

/* Whether there is room is only asked: the library's call may still find some where poll() sees none (a last page that is
 * not full), and must not be kept from it. */
static PyObject *write_whole(Pipe *p, int fd, PyObject *self, PyObject *message, Py_ssize_t size) {
    bool full = size + HEADER > AT_ONCE ? overflows(fd, size + HEADER) : !ready(fd, POLLOUT);
    bool waits = unlikely(full) && blocking(fd);
    uint64_t since = waits ? now() : 0;
    if (waits) emit_wait(since, p->put, pipe_awaited(p), site_here(), 0);
    Turn turn = p->quiet ? (Turn){0} : send_begin(p);
    PyObject *done = call(native_send, self, &message, 1, NULL), *type = NULL, *value = NULL, *trace = NULL;
    if (!done) PyErr_Fetch(&type, &value, &trace);
    if (waits) emit_wake(since, now(), done ? GOT : RAISED, pipe_awaited(p), 0);
    if (done && !p->quiet) tell_sent(p, size, send_end(&turn));
    if (!done) PyErr_Restore(type, value, trace);
    return done;
}

static PyObject *send_bytes(PyObject *self, PyObject *message) {
    Ends e = ends_of(self);
    Py_ssize_t size = e.fd < 0 ? -1 : PyObject_Size(message);
    if (size >= 0 && !e.out) e = ends_decide(self, message, size, true);
    PyErr_Clear();
    if (size < 0 || !e.out || (e.out->quiet && !e.out->pool)) return call(native_send, self, &message, 1, NULL);
    Pipe *p = pipe_hold(e.out);
    pipe_tell_end(self, p);
    PyObject *done = write_whole(p, e.fd, self, message, size);
    pipe_drop(p);
    return done;
}

/* Bytes in the BytesIO that the library has just filled. */
static Py_ssize_t size_of(PyObject *message) {
    PyObject *end = PyObject_CallMethodObjArgs(message, s_tell, NULL);
    Py_ssize_t size = end ? PyLong_AsSsize_t(end) : 0;
    Py_XDECREF(end);
    PyErr_Clear();
    return size;
}

/* Its name is in the message that was read. */
static void decide_by(PyObject *self, PyObject *message, Py_ssize_t size) {
    PyObject *bytes = size <= 256 ? PyObject_CallMethodObjArgs(message, s_getvalue, NULL) : NULL;
    Ends e = ends_decide(self, bytes ? bytes : Py_None, bytes ? size : 0, false);
    Py_XDECREF(bytes);
    PyErr_Clear();
    if (!e.in) return;
    Turn turn = receive_begin(e.in);
    uint32_t number = receive_end(&turn);
    pipe_tell_end(self, e.in);
    emit(now(), IL_EV_RECEIVE, 0, e.in->serial, number, site_here(), clamped(size));
}

static PyObject *read_whole(Pipe *p, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    if (p->quiet) return call(native_recv, self, args, nargs, kwnames);
    Turn turn = receive_begin(p);
    PyObject *message = call(native_recv, self, args, nargs, kwnames);
    if (!message || message == Py_None) return message;
    uint32_t number = receive_end(&turn);
    emit(now(), IL_EV_RECEIVE, 0, p->serial, number, site_here(), clamped(size_of(message)));
    return message;
}

static PyObject *recv_bytes(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Ends e = ends_of(self);
    if (e.fd < 0 || (e.in && e.in->quiet && !e.in->pool)) return call(native_recv, self, args, nargs, kwnames);
    PyObject *message = NULL;
    if (e.in) {
        Pipe *p = pipe_hold(e.in);
        pipe_tell_end(self, p);
        if (wait_for_message(e.fd, p->get, pipe_awaited(p))) message = read_whole(p, self, args, nargs, kwnames);
        pipe_drop(p);
    } else if (wait_for_message(e.fd, IL_WHY_MESSAGE, 0)) {
        message = call(native_recv, self, args, nargs, kwnames);
        if (message && message != Py_None) decide_by(self, message, size_of(message));
    }
    return message;
}

/* ── making ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *connection_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    if (done) ends_forget(self);
    return done;
}

/* A queue's pipe is the queue's: it tells. */
static PyObject *pipe_made(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *pair = call(native_pipe, NULL, args, nargs, kwnames);
    if (!pair || queue_making || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return pair;
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
    if (waits) emit_wait(since, IL_WHY_MESSAGE, 0, site_here(), 0);
    PyObject *connection = PyObject_CallFunctionObjArgs(native_accept, self, NULL), *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (waits) emit_wake(since, now(), connection ? GOT : RAISED, 0, 0);
    PyErr_Restore(type, value, trace);
    return connection;
}

/* ── wait(), and Connection.poll, which is a wait for itself ────────────────────────────────────────────────────── */
typedef struct {
    uint32_t why, object;
    bool ready, connections;
} Awaited;

/* Is anything there, and what is it called if it is one thing? */
static Awaited look_at(PyObject *list) {
    Awaited a = {IL_WHY_MESSAGE, 0, false, false};
    Py_ssize_t n = PyList_Size(list);
    for (Py_ssize_t i = 0; i < n && !a.ready; i++) {
        PyObject *item = PyList_GetItem(list, i);
        bool connection = PyObject_TypeCheck(item, connection_type);
        Ends e = connection ? ends_of(item) : (Ends){PyObject_AsFileDescriptor(item), NULL, NULL};
        PyErr_Clear();
        a.connections |= connection || !PyLong_Check(item);
        a.ready = e.fd < 0 || ready(e.fd, POLLIN);
        if (n > 1 || !e.in) continue;
        pipe_tell_end(item, e.in);
        a.why = e.in->get, a.object = pipe_awaited(e.in);
    }
    a.ready |= n == 0;
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
    if (!silent) emit_wait(since, a.connections ? a.why : IL_WHY_PROCESS, a.object, site_here(), 0); /* else sentinels */
    Thread *t = thread_here();
    t->inside++;
    PyObject *found = PyObject_CallFunctionObjArgs(native_wait, list, timeout ? timeout : Py_None, NULL), *type, *value, *trace;
    t->inside--;
    if (silent) return found;
    PyErr_Fetch(&type, &value, &trace);
    Outcome how = !found ? RAISED : PyObject_IsTrue(found) == 1 ? GOT : TIMED_OUT;
    emit_wake(since, now(), how, a.object, 0);
    PyErr_Restore(type, value, trace);
    return found;
}

static PyObject *wait_any(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *objects = argument(args, nargs, kwnames, 0, "object_list"), *timeout = argument(args, nargs, kwnames, 1, "timeout");
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
    s_tell = PyUnicode_InternFromString("tell"), s_getvalue = PyUnicode_InternFromString("getvalue");
    s_socket = PyUnicode_InternFromString("_socket");
    PyObject *base = PyObject_GetAttrString(module, "_ConnectionBase"), *cls = PyObject_GetAttrString(module, "Connection");
    PyObject *listener = PyObject_GetAttrString(module, "SocketListener");
    connection_type = (PyTypeObject *)cls;
    return base && cls && listener && method_replace(base, &init, &native_init) && method_replace(cls, &send, &native_send) &&
           method_replace(cls, &recv, &native_recv) && method_replace(listener, &accept, &native_accept) &&
           replace_function(module, &pipe, &native_pipe) && replace_function(module, &wait, &native_wait);
}
