/* multiprocessing.shared_memory: blocks of memory that processes share by name. Who makes a block or attaches to it holds
 * it; to close it lets it go, unlink removes its name: the block lives on for those who hold it.
 *
 *   process 1   new, acquire ───────────────────────── release, unlink
 *   process 2            acquire (contended never) ── release
 *
 * A name may come again for another block; a name with its inode does not. */
#include "condition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Block {
    uint32_t serial, holds;
    uint64_t inode;
    bool unlinked;
    Shared *shared;
    struct Block *next;
    char name[256];
} Block;

static Block *blocks; /* that this process holds or has made, the newest first */
static PyObject *native_init, *native_close, *native_unlink, *s_fd, *s_name;

/* The inode of an open block; 0 = it is closed. */
static uint64_t inode_of(PyObject *self, uint64_t *bytes) {
    PyObject *number = PyObject_GetAttr(self, s_fd);
    long fd = number && PyLong_Check(number) ? PyLong_AsLong(number) : -1;
    Py_XDECREF(number);
    PyErr_Clear();
    struct stat s;
    if (fd < 0 || fstat((int)fd, &s) < 0) return 0;
    *bytes = (uint64_t)s.st_size;
    return s.st_ino;
}

static bool name_of(PyObject *self, char *name, size_t size) {
    PyObject *text = PyObject_GetAttr(self, s_name);
    const char *utf8 = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
    bool fits = utf8 && strlen(utf8) < size;
    if (fits) strcpy(name, utf8);
    Py_XDECREF(text);
    PyErr_Clear();
    return fits;
}

/* By its inode, or the newest of that name. */
static Block *find(const char *name, uint64_t inode) {
    for (Block *b = blocks; b; b = b->next)
        if (strcmp(b->name, name) == 0 && (!inode || b->inode == inode)) return b;
    return NULL;
}

static void forget(Block *block) {
    if (block->holds || !block->unlinked) return;
    Block **at = &blocks;
    while (*at != block) at = &(*at)->next;
    *at = block->next;
    free(block);
}

static Block *meet(const char *name, uint64_t inode, uint64_t bytes) {
    Block *b = find(name, inode);
    if (b || !(b = calloc(1, sizeof *b))) return b;
    char key[320];
    snprintf(b->name, sizeof b->name, "%s", name);
    snprintf(key, sizeof key, "shm:%s:%llu", name, (unsigned long long)inode);
    b->inode = inode, b->serial = next_serial(), b->shared = shared_find(key);
    b->next = blocks, blocks = b;
    if (b->shared) shared_say(b->serial, key);
    Site site = site_find(2); /* through a ShareableList or a SharedMemoryManager */
    uint32_t kib = bytes >> 10 >= UINT32_MAX ? UINT32_MAX : (uint32_t)((bytes + 1023) >> 10);
    uint32_t flags = site.own ? internal_flag(site) : IL_FLAG_INTERNAL;
    if (!b->shared || !__atomic_load_n(&b->shared->seq, __ATOMIC_ACQUIRE))
        emit(now(), IL_EV_NEW, IL_OBJ_SHARED_MEMORY | flags, b->serial, shared_seq(b->shared), site_here(), kib);
    return b;
}

static PyObject *memory_init(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *done = call(native_init, self, args, nargs, kwnames);
    char name[256];
    uint64_t bytes = 0, inode = done ? inode_of(self, &bytes) : 0;
    Block *b = inode && name_of(self, name, sizeof name) ? meet(name, inode, bytes) : NULL;
    if (b) {
        b->holds++;
        emit(now(), IL_EV_ACQUIRE, 0, b->serial, shared_seq(b->shared), site_here(), 0);
    }
    return done;
}

static PyObject *memory_close(PyObject *self, PyObject *unused) {
    (void)unused;
    char name[256];
    uint64_t bytes = 0, inode = inode_of(self, &bytes);
    Block *b = inode && name_of(self, name, sizeof name) ? find(name, inode) : NULL;
    PyObject *done = PyObject_CallFunctionObjArgs(native_close, self, NULL);
    if (done && b && b->holds) {
        emit(now(), IL_EV_RELEASE, 0, b->serial, shared_seq(b->shared), 0, 0);
        b->holds--;
        forget(b);
    }
    return done;
}

static PyObject *memory_unlink(PyObject *self, PyObject *unused) {
    (void)unused;
    char name[256];
    uint64_t bytes = 0, inode = inode_of(self, &bytes);
    Block *b = name_of(self, name, sizeof name) ? find(name, inode) : NULL;
    PyObject *done = PyObject_CallFunctionObjArgs(native_unlink, self, NULL);
    if (done && b) {
        emit(now(), IL_EV_UNLINK, 0, b->serial, shared_seq(b->shared), site_here(), 0);
        b->unlinked = true;
        forget(b);
    }
    return done;
}

bool hook_shared_memory(PyObject *module) {
    PyObject *cls = PyObject_GetAttrString(module, "SharedMemory");
    PyObject *native = cls ? PyObject_GetAttrString(cls, "__init__") : NULL;
    PyObject *code = native ? PyObject_GetAttrString(native, "__code__") : NULL;
    PyObject *keywords = code ? PyObject_GetAttrString(code, "co_kwonlyargcount") : NULL; /* 3.13 added track */
    bool tracks = keywords && PyLong_AsLong(keywords) == 1;
    Py_XDECREF(keywords), Py_XDECREF(code), Py_XDECREF(native);
    PyErr_Clear();
    const PyMethodDef init = {"__init__", (PyCFunction)(void (*)(void))memory_init, METH_FASTCALL | METH_KEYWORDS,
                              tracks ? "($self, name=None, create=False, size=0, *, track=True)"
                                     : "($self, name=None, create=False, size=0)"};
    static const PyMethodDef close = {"close", memory_close, METH_NOARGS, "($self)"};
    static const PyMethodDef unlink = {"unlink", memory_unlink, METH_NOARGS, "($self)"};
    s_fd = intern("_fd"), s_name = intern("_name");
    return cls && method_replace(cls, &init, &native_init) && method_replace(cls, &close, &native_close) &&
           method_replace(cls, &unlink, &native_unlink);
}
