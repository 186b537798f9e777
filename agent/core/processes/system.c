/* os.system. What it starts has no pid in Python, so the C library's system() is done here, step by step as glibc does it:
 *
 *   SIGINT, SIGQUIT ignored ── SIGCHLD blocked ── sh -c command ┄┄┄┄ waitpid ── both as before
 *                                                 childStart, wait ┄┄┄┄┄┄┄┄┄┄┄┄ childEnd, wake
 *
 * Rejected: a wait for something unknown around the native one; the shell is often the Python that is wanted, by exec. */
#include "core.h"
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static PyObject *native_system;

/* Threads in system() at once; the first saves what the last puts back. Under the GIL. */
static int inside;
static struct sigaction interrupt, quit;

static void ignore_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (inside++) return;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
}

static void heed_signals(void) {
    if (--inside) return;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
}

/* 0 = it could not be started, which counts as a shell that exits by 127 */
static pid_t start(const char *command, const sigset_t *mask) {
    posix_spawnattr_t how;
    sigset_t by_default;
    sigemptyset(&by_default);
    if (interrupt.sa_handler != SIG_IGN) sigaddset(&by_default, SIGINT);
    if (quit.sa_handler != SIG_IGN) sigaddset(&by_default, SIGQUIT);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, mask);
    posix_spawnattr_setsigdefault(&how, &by_default);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    const char *words[] = {"sh", "-c", command, NULL};
    pid_t pid = 0;
    bool failed = posix_spawn(&pid, "/bin/sh", NULL, &how, (char *const *)words, environ) != 0;
    posix_spawnattr_destroy(&how);
    return failed ? 0 : pid;
}

static int wait_for(pid_t pid) {
    int status = 127 << 8;
    pid_t found = 0;
    Py_BEGIN_ALLOW_THREADS
    while (pid && (found = waitpid(pid, &status, 0)) < 0 && errno == EINTR) continue;
    Py_END_ALLOW_THREADS
    return found < 0 ? -1 : status;
}

static int system_told(const char *command, PyObject *said) {
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ignore_signals();
    pthread_sigmask(SIG_BLOCK, &child, &before);
    uint64_t since = now();
    pid_t pid = start(command, &before);
    PyObject *argv = pid ? Py_BuildValue("(ssO)", "sh", "-c", said) : NULL;
    PyErr_Clear();
    if (pid) child_started(since, IL_START_EXEC, pid, argv);
    Py_XDECREF(argv);
    uint32_t serial = pid ? child_serial(pid) : 0;
    since = now();
    if (pid) emit_wait(since, IL_WHY_PROCESS, serial, 0);
    int status = wait_for(pid);
    if (pid && WIFSIGNALED(status)) child_ended(pid, true, WTERMSIG(status));
    if (pid && status >= 0 && WIFEXITED(status)) child_ended(pid, false, WEXITSTATUS(status));
    if (pid) emit_wake(now(), GOT, serial, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    heed_signals();
    return status;
}

/* system(command). What is not plain is the native one's. */
static PyObject *system_replaced(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    (void)module;
    PyObject *command = argument(args, nargs, kwnames, 0, "command"), *audit = PySys_GetObject("audit"), *bytes = NULL;
    bool plain = command && (PyUnicode_Check(command) || PyBytes_Check(command)) && audit &&
                 nargs + (kwnames ? PyTuple_Size(kwnames) : 0) == 1 && PyUnicode_FSConverter(command, &bytes);
    if (plain) plain = *PyBytes_AsString(bytes) != '-' && *PyBytes_AsString(bytes) != '+';
    if (!plain) return PyErr_Clear(), Py_XDECREF(bytes), call(native_system, NULL, args, nargs, kwnames);
    PyObject *heard = PyObject_CallFunction(audit, "sO", "os.system", bytes);
    int status = heard ? system_told(PyBytes_AsString(bytes), command) : -1;
    PyObject *answer = heard ? PyLong_FromLong(status) : NULL;
    Py_XDECREF(heard);
    Py_DECREF(bytes);
    return answer;
}

bool system_install(void) {
    static const PyMethodDef def = {"system", (PyCFunction)(void (*)(void))system_replaced, METH_FASTCALL | METH_KEYWORDS, NULL};
    return posix_replace(&def, &native_system);
}
