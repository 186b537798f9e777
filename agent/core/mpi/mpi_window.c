/* Memory that other ranks may read and write. In comes a call of Win, out go
 *
 *   Create, Free           enter … leave on the communicator; on the window
 *   Fence                  enter … leave on the window
 *   Put, Get, Accumulate   access: whose memory, how many bytes. MPI may do it at once or later,
 *   Unlock, Flush, Complete, and Fence   and has done it when these are over: wait … wake with arg 1; leave
 *   Lock, Start, Wait      wait … wake
 *
 * A lock of a window is not told as one that is held: MPI may let a rank go on before it has it, and get it with the first
 * access. So there is no telling from outside who has it when. */
#include "mpi.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct Window {
    struct Window *next;
    uint64_t handle;
    uint32_t serial, entered;
} Window;

static Window *windows; /* a program has few */

static Window *window_of(PyObject *win) {
    uint64_t handle = handle_of(win);
    Window *w = windows;
    while (w && w->handle != handle) w = w->next;
    return w;
}

static void forget(uint64_t handle) {
    for (Window **at = &windows; *at; at = &(*at)->next)
        if ((*at)->handle == handle) {
            Window *gone = *at;
            *at = gone->next;
            free(gone);
            return;
        }
}

static void made(PyObject *win, Communicator *c) {
    uint64_t handle = handle_of(win);
    forget(handle);
    Window *w = malloc(sizeof *w);
    if (!w) return;
    *w = (Window){windows, handle, next_serial(), 0};
    windows = w;
    char text[160];
    snprintf(text, sizeof text, "%s:win:%u", c->key, ++c->windows);
    if (*c->key) shared_say(w->serial, text);
    if (c->world) say_members(w->serial, c->world, c->size);
    snprintf(text, sizeof text, c->windows > 1 ? "window %s %u" : "window %s", *c->name ? c->name : "of ranks", c->windows);
    say_object_name(w->serial, text);
    emit(now(), IL_EV_NEW, IL_OBJ_WINDOW, w->serial, 0, site_here(), (uint32_t)c->size);
}

/* place: of the communicator among the arguments */
PyObject *window_making(const Call *c) {
    PyObject *given = argument(c->args, c->nargs, c->kwnames, c->method->place, "comm");
    PyObject *self = given ? NULL : PyObject_GetAttrString(mpi.module, "COMM_SELF");
    Communicator *comm = given || self ? communicator_of(given ? given : self) : NULL;
    Py_XDECREF(self);
    if (!comm) return PyErr_Clear(), go_on(c);
    uint32_t number = collective_enters(NULL, comm->serial, &comm->entered, IL_COLLECTIVE_CREATE, 0);
    PyObject *answer = go_on(c);
    collective_leaves(c, comm->serial, &comm->entered, number, answer != NULL);
    if (answer) made(answer, comm);
    return answer;
}

/* what: fence or free */
PyObject *window_together(const Call *c) {
    Window *w = window_of(c->self);
    if (!w) return go_on(c);
    uint64_t handle = w->handle;
    uint32_t number = collective_enters(NULL, w->serial, &w->entered, (uint32_t)c->method->what, 0);
    PyObject *answer = go_on(c);
    collective_leaves(c, w->serial, &w->entered, number, answer != NULL);
    if (answer && c->method->what == IL_COLLECTIVE_FREE) forget(handle);
    return answer;
}

/* what: put, get or accumulate; place: of the other's rank */
PyObject *window_access(const Call *c) {
    Window *w = window_of(c->self);
    PyObject *given = argument(c->args, c->nargs, c->kwnames, c->method->place, "target_rank");
    int rank;
    if (!w || !given || !int_of(given, 0, &rank) || rank < 0) return go_on(c);
    uint32_t serial = w->serial, bytes = bytes_of(argument(c->args, c->nargs, c->kwnames, 0, "origin"));
    PyObject *answer = go_on(c);
    if (answer) emit(now(), IL_EV_ACCESS, (uint32_t)c->method->what, serial, (uint32_t)rank, site_here(), bytes);
    return answer;
}

/* what: whatever it did before has happened when this is over */
PyObject *window_wait(const Call *c) {
    Window *w = window_of(c->self);
    if (!w) return go_on(c);
    uint32_t serial = w->serial;
    tell_wait(IL_WHY_COLLECTIVE, serial);
    PyObject *answer = go_on(c);
    emit(now(), IL_EV_WAKE, answer ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED, serial, 0, 0, answer && c->method->what);
    return answer;
}
