/* One message through a descriptor: what Connection._send_bytes and _recv_bytes do, system call by system call, but each is
 * tried without blocking first. So it is known when a wait begins, a number is claimed and taken within nanoseconds of
 * the call that moves the message (pipe.c), and what the record costs is saved by not being Python.
 *
 *   length (4 bytes, -1: 8 more) │ bytes        in one write up to 16 KiB, in two above
 *
 * Kernels that cannot try (pwritev2 with RWF_NOWAIT) are asked by poll(). */
#define _GNU_SOURCE
#include "transfer.h"
#include "gil.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TOGETHER = 16384, AT_ONCE = 4096 /* PIPE_BUF: what a pipe that can be written to takes whole */ };

/* More than there is room for now: a pipe's, or about that of a socket's buffer. */
static bool full(int fd, size_t n) {
    int used = 0, capacity = n > AT_ONCE ? fcntl(fd, F_GETPIPE_SZ) : 0;
    if (n <= AT_ONCE) return !ready(fd, POLLOUT);
    return ioctl(fd, FIONREAD, &used) < 0 || (ssize_t)n > (capacity < 0 ? 65536 : capacity) - used;
}

/* Moves what can be moved, -1 with EAGAIN when nothing can at once and `patient` is not set. */
static ssize_t step(const Passage *p, char *bytes, size_t n, bool patient) {
    struct iovec v = {bytes, n};
    ssize_t moved = -1;
    errno = EOPNOTSUPP;
#ifdef RWF_NOWAIT
    if (!patient) moved = p->outwards ? pwritev2(p->fd, &v, 1, -1, RWF_NOWAIT) : preadv2(p->fd, &v, 1, -1, RWF_NOWAIT);
    if (!patient && (moved >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))) return moved;
#endif
    if (!patient && (p->outwards ? full(p->fd, n) : !ready(p->fd, POLLIN))) return errno = EAGAIN, -1;
    return p->outwards ? write(p->fd, bytes, n) : read(p->fd, bytes, n);
}

static int64_t number_in(const char *bytes, int n) {
    uint64_t value = 0;
    for (int i = 0; i < n; i++) value = value << 8 | (unsigned char)bytes[i];
    return n == 4 ? (int32_t)value : (int64_t)value;
}

/* A short message behind its length, which has just been read: the GIL is not taken in between. What is written to a pool's
 * own pipe in one piece is there in one; elsewhere more may be under way. */
static void read_ahead(Passage *p, const char *head) {
    int64_t size = number_in(head, 4);
    if (size <= 0 || size > TOGETHER || size > p->most) return;
    ssize_t moved = step(p, p->ahead, (size_t)size, p->quiet && size + 4 <= AT_ONCE);
    if (moved > 0) p->came = (size_t)moved;
    if (moved == size) p->number = receive_end(&p->turn);
}

static bool blocking(int fd) { return !(fcntl(fd, F_GETFL) & O_NONBLOCK); }

static void wait_begins(Passage *p) {
    p->waits = true;
    if (!p->outwards && p->pipe) receive_nothing(p->pipe, p->fd);
    p->silent |= part_of_wait();
    p->since = now();
    if (!p->silent) emit_wait(p->since, p->why, p->object, 0);
}

static void wait_over(Passage *p, uint64_t until, Outcome how) {
    if (p->waits && !p->silent) emit_wake(until, how, p->object, 0);
    p->waits = false;
}

/* One system call, without the GIL. A message is claimed before it is written, or when its first bytes were read, and has
 * its number as soon as it is whole. `until`: when a wait was over. */
static ssize_t step_told(Passage *p, char *bytes, size_t n, bool last, uint64_t *until, int *error) {
    ssize_t moved;
    Py_BEGIN_ALLOW_THREADS
    if (p->outwards && p->pipe && !p->turn.shared) p->turn = send_begin(p->pipe);
    moved = step(p, bytes, n, p->waits || p->patient);
    *error = errno;
    if (moved > 0 && !p->outwards && p->pipe && !p->turn.shared) p->turn = receive_begin(p->pipe);
    if (moved == (ssize_t)n && last) p->number = p->outwards ? send_end(&p->turn) : receive_end(&p->turn);
    if (p->waits) gil_keep(), *until = now();
    if (p->ahead && n == 4 && moved == 4) read_ahead(p, bytes);
    Py_END_ALLOW_THREADS
    p->begun |= moved > 0;
    return moved;
}

/* n bytes, of which some may have come; `last`: with them the message is whole. MOVED, FAILED, or NOTHING: the other end is
 * closed and not one came. */
typedef enum { MOVED, NOTHING, FAILED } Moved;
static Moved move(Passage *p, char *bytes, size_t n, bool last) {
    uint64_t until = 0;
    int error;
    for (size_t done = p->came; done < n;) {
        bool waited = p->waits;
        ssize_t moved = step_told(p, bytes + done, n - done, last, &until, &error);
        bool over = moved > 0 ? !p->outwards || (last && done + (size_t)moved == n) : error != EINTR || moved == 0;
        if (waited && over) wait_over(p, until, moved < 0 ? RAISED : GOT);
        if (waited) gil_tell();
        if (moved > 0) {
            done += (size_t)moved;
        } else if (moved == 0 && !p->outwards) {
            if (done == 0) return NOTHING;
            return PyErr_SetString(PyExc_OSError, "got end of file during message"), FAILED;
        } else if (moved < 0 && error == EINTR) {
            if (PyErr_CheckSignals() < 0) return wait_over(p, now(), RAISED), FAILED;
        } else if (moved < 0 && error == EAGAIN && !waited && blocking(p->fd)) {
            wait_begins(p);
        } else if (moved < 0) {
            errno = error;
            return PyErr_SetFromErrno(PyExc_OSError), FAILED;
        }
    }
    return MOVED;
}

/* ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Of the stable ABI from 3.11 on, the same in 3.10. */
typedef struct {
    void *buf;
    PyObject *obj;
    Py_ssize_t len, itemsize;
    int readonly, ndim;
    char *format;
    Py_ssize_t *shape, *strides, *suboffsets;
    void *internal;
} Buffer;
static int (*buffer_get)(PyObject *, Buffer *, int);
static void (*buffer_release)(Buffer *);

static bool big_endian(char *to, uint64_t value, int bytes) {
    while (bytes-- > 0) to[bytes] = (char)value, value >>= 8;
    return true;
}

static bool write_out(Passage *p, char *bytes, size_t n) {
    char head[TOGETHER + 4];
    big_endian(head, n > INT32_MAX ? UINT32_MAX : n, 4);
    if (n <= TOGETHER) {
        memcpy(head + 4, bytes, n);
        return move(p, head, n + 4, true) == MOVED;
    }
    if (move(p, head, 4, false) != MOVED) return false;
    if (n > INT32_MAX && big_endian(head, n, 8) && move(p, head, 8, false) != MOVED) return false;
    return move(p, bytes, n, true) == MOVED;
}

PyObject *transfer_out(Passage *p, PyObject *message) {
    Buffer b;
    if (buffer_get(message, &b, 0) < 0) return NULL;
    p->size = b.len;
    bool done = write_out(p, b.buf, (size_t)b.len);
    if (!p->begun) send_undo(&p->turn);
    buffer_release(&b);
    return done ? Py_NewRef(Py_None) : NULL;
}

/* ── in ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */
static PyObject *bytesio, *s_seek;

static bool read_in(Passage *p, char *bytes, size_t n, bool last) {
    Moved how = move(p, bytes, n, last);
    if (how == NOTHING) PyErr_SetNone(PyExc_EOFError);
    return how == MOVED;
}

static bool read_rest(Passage *p, char *bytes, const char *ahead) {
    memcpy(bytes, ahead, p->came);
    return read_in(p, bytes, (size_t)p->size, true);
}

/* As the library leaves it: written to, the position at its end. */
static PyObject *as_file(PyObject *bytes, Py_ssize_t size) {
    PyObject *file = call(bytesio, NULL, &bytes, 1, NULL), *position = file ? PyLong_FromSsize_t(size) : NULL;
    PyObject *moved = position ? PyObject_CallMethodObjArgs(file, s_seek, position, NULL) : NULL;
    Py_XDECREF(position);
    if (!moved) Py_CLEAR(file);
    Py_XDECREF(moved);
    return file;
}

/* Longer ones than `most` are not read but answered by None. */
PyObject *transfer_in(Passage *p, Py_ssize_t most) {
    char head[8], ahead[TOGETHER];
    p->most = most, p->ahead = ahead;
    if (!read_in(p, head, 4, false)) return NULL;
    p->ahead = NULL;
    int64_t size = number_in(head, 4);
    if (size == -1) {
        if (!read_in(p, head, 8, false)) return NULL;
        size = number_in(head, 8);
    }
    if (size > most) Py_RETURN_NONE;
    p->size = size < 0 ? 0 : (Py_ssize_t)size;
    PyObject *bytes = PyBytes_FromStringAndSize(p->came == (size_t)p->size ? ahead : NULL, p->size);
    if (!bytes) return NULL;
    PyObject *file = NULL;
    if (p->size == 0)
        p->number = receive_end(&p->turn);
    else if (p->came < (size_t)p->size && !read_rest(p, PyBytes_AsString(bytes), ahead))
        return Py_DECREF(bytes), NULL;
    p->whole = true;
    file = as_file(bytes, p->size);
    Py_DECREF(bytes);
    return file;
}

bool transfer_install(void) {
    PyObject *io = PyImport_ImportModule("io");
    bytesio = io ? PyObject_GetAttrString(io, "BytesIO") : NULL;
    s_seek = PyUnicode_InternFromString("seek");
    buffer_get = (int (*)(PyObject *, Buffer *, int))dlsym(RTLD_DEFAULT, "PyObject_GetBuffer");
    buffer_release = (void (*)(Buffer *))dlsym(RTLD_DEFAULT, "PyBuffer_Release");
    Py_XDECREF(io);
    return bytesio && buffer_get && buffer_release;
}
