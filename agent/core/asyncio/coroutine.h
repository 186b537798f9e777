/* Suspended coroutines read in place, as frames.h reads the frames of running code: where each one stands, what it awaits,
 * its first argument. Where that lies differs by minor version; coroutine_learn proves it first (coroutine.c).
 *
 *   coroutine ─ frame ─→ top of its stack = what it awaits ─→ coroutine … ─→ future */
#ifndef INTERLEAVE_COROUTINE_H
#define INTERLEAVE_COROUTINE_H
#include "frames.h"

typedef struct {
    bool known;
    PyTypeObject *type; /* of coroutines; generators and others end a chain */
    int frame, state;   /* in the coroutine; in 3.10 the frame is an object of its own and the state lies there */
    int top, locals;    /* in the frame */
} CoroutineLayout;
extern CoroutineLayout coroutine_layout;

enum { SUSPENDED = -1 };

/* Its frame while it awaits something, else NULL. */
static inline Frame coroutine_frame(PyObject *c) {
    const CoroutineLayout *l = &coroutine_layout;
    if (Py_TYPE(c) != l->type) return NULL;
    if (layout.minor > 10) return AT(int8_t, (Frame)c, l->state) == SUSPENDED ? (Frame)c + l->frame : NULL;
    Frame f = AT(Frame, (Frame)c, l->frame);
    return f && AT(int8_t, f, l->state) == SUSPENDED ? f : NULL;
}

static inline PyObject *untagged(uintptr_t reference) { return (PyObject *)(reference & ~(uintptr_t)3); }

/* What it awaits, borrowed; NULL: nothing that could be seen. */
static inline PyObject *coroutine_awaits(Frame f) {
    const CoroutineLayout *l = &coroutine_layout;
    if (layout.minor >= 14) return untagged(AT(const uintptr_t *, f, l->top)[-1]);
    int top = layout.minor == 10 ? AT(int, f, l->top + 16) : AT(int, f, l->top);
    if (top <= 0) return NULL;
    return layout.minor == 10 ? AT(PyObject *const *, f, l->top)[top - 1] : AT(PyObject *, f, l->locals + 8 * (top - 1));
}

/* Its first argument, borrowed; NULL once it was deleted. A variable that an inner function uses is a cell. */
static inline PyObject *frame_first_local(Frame f) { return untagged(AT(uintptr_t, f, coroutine_layout.locals)); }
static inline PyObject *frame_second_local(Frame f) { return untagged(AT(uintptr_t, f, coroutine_layout.locals + 8)); }

bool coroutine_learn(void); /* once; false: nothing may be read in place */
uint32_t site_suspended(Frame f, PyObject *coroutine); /* site.c: the line at which it waits; 0 = it is the library's */
#endif
