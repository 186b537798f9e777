/* What a suspended task waits for. In comes a task after its step, out go suspend and awaits. Nothing is noted while the
 * task runs: it is all there to be read from the coroutine that stands innermost, and from the future it waits for:
 *
 *   task ─ coroutine (program) ─→ coroutine (program) ─→ Lock.acquire(self) ─→ future
 *                                 └ the line that waits   └ why, and for what     └ a task, or gather's
 */
#include "aio.h"
#include "coroutine.h"

enum { MOST_CHILDREN = 1000, DEEPEST = 4 };
static PyTypeObject *gathering;
static PyObject *s_fut_waiter, *s_coro, *s_children, *s_tasks, *s_todo;

typedef struct {
    uint16_t why;
    uint32_t object, arg;
    Whereabouts at;
    PyObject *children; /* a new reference to an iterable, or NULL */
    bool timed;
} Wait;

/* ── reading it ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Down the chain of awaits: the innermost coroutine, the one that awaits it, and the innermost line of the program. */
static Frame innermost(PyObject *coroutine, Frame *outer, uint32_t *site, Calls *calls) {
    Frame last = NULL, f;
    for (PyObject *c = coroutine; c && (f = coroutine_frame(c)); c = coroutine_awaits(f)) {
        uint32_t here = site_suspended(f, c);
        if (here) *site = here;
        if (here && calls) calls_add(calls, here);
        *outer = last;
        last = f;
    }
    return last;
}

static uint32_t milliseconds(PyObject *delay) {
    double seconds = PyFloat_Check(delay) || PyLong_Check(delay) ? PyFloat_AsDouble(delay) : 0;
    PyErr_Clear();
    return seconds <= 0 ? 0 : seconds < 4e6 ? (uint32_t)(seconds * 1000) : UINT32_MAX;
}

static void read_first(Wait *w, Shape shape, PyObject *first) {
    Voice *v = shape == VOICE ? voice_beside(first) : NULL;
    Task *one = shape == ONE_TASK ? task_find(first) : NULL;
    if (v && v->why) w->why = v->why;
    if (v) w->object = v->subject->serial;
    if (one) w->object = one->serial;
    if (shape == DELAY) w->arg = milliseconds(first);
    if (shape == MANY_TASKS) Py_INCREF(w->children = first);
    if (shape == GROUP || shape == TODO) w->children = PyObject_GetAttr(first, shape == GROUP ? s_tasks : s_todo);
    PyErr_Clear();
}

static void read_future(Wait *w, PyObject *future) {
    Voice *pool = w->object || task_find(future) ? NULL : voice_beside(future);
    if (pool) w->why = pool->why, w->object = pool->subject->serial;
    PyObject *inner = w->why == IL_WHY_FUTURE && !pool ? shielded_by(future) : NULL;
    Task *k = task_find(inner ? inner : future);
    bool gathers = Py_TYPE(future) == gathering;
    if (k || gathers) {
        w->why = IL_WHY_TASK, w->object = k ? k->serial : 0, w->arg = 0;
        Py_XDECREF(w->children);
        w->children = gathers ? PyObject_GetAttr(future, s_children) : NULL;
    }
    Py_XDECREF(inner);
    PyErr_Clear();
}

static void read_place(Wait *w, Frame f) {
    const Place *place = place_of(frame_code(f));
    PyObject *first = place && place->shape != NOTHING ? frame_first_local(f) : NULL;
    if (place) w->why = place->why;
    if (place && place->timeout) w->timed |= timed_by(frame_second_local(f)) != 0;
    if (first) read_first(w, place->shape, first);
}

/* Borrowed: the task keeps it while it is not over. */
static inline PyObject *coroutine_of(const Task *k) {
    if (!coroutine_layout.known || likely(k->coroutine)) return k->coroutine;
    PyObject *coroutine = PyObject_GetAttr(k->known.object, s_coro);
    Py_XDECREF(coroutine);
    PyErr_Clear();
    return coroutine;
}

static uint32_t site_of_wait(const Task *k) {
    Frame outer;
    uint32_t site = 0;
    innermost(coroutine_of(k), &outer, &site, NULL);
    return site;
}

/* No future: it stands still for another reason than awaiting, a loop that runs within its step. */
static Wait wait_of(const Task *k, PyObject *future) {
    Wait w = {.why = future ? IL_WHY_FUTURE : IL_WHY_LOOP, .timed = k->timeouts > 0};
    Calls calls;
    calls.n = 0;
    Frame outer = NULL, f = innermost(coroutine_of(k), &outer, &w.at.site, &calls);
    w.at.stack = stack_of(&calls);
    if (future && f) read_place(&w, f);
    if (w.why == IL_WHY_QUEUE_GET && !w.object && outer) read_place(&w, outer); /* as_completed has a queue for itself */
    if (future) read_future(&w, future);
    return w;
}

/* ── telling it ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Tasks that are over are forgotten, so that those found are still to come. */
static int tell_awaits(Task *k, uint32_t site, PyObject *children, int told, int depth) {
    PyObject *each = PyObject_GetIter(children), *child;
    while (each && told < MOST_CHILDREN && (child = PyIter_Next(each))) {
        Task *other = task_find(child);
        if (other) {
            emit_of(thread_here(), k->serial, now(), IL_EV_AWAITS, 0, other->serial, 0, site, 0);
            told++;
        } else if (Py_TYPE(child) == gathering && depth < DEEPEST) {
            PyObject *inner = PyObject_GetAttr(child, s_children);
            if (inner) told = tell_awaits(k, site, inner, told, depth + 1);
            Py_XDECREF(inner);
        }
        Py_DECREF(child);
    }
    Py_XDECREF(each);
    PyErr_Clear();
    return told;
}

/* What the task waits for, a new reference; NULL: nothing. The C Task keeps it in one place, learned at the first wait. */
static PyObject *waited_for(PyObject *task) {
    static Py_ssize_t offset; /* 0: not learned, -1: not to be learned */
    bool native = (PyObject *)Py_TYPE(task) == c_task;
    PyObject *future;
    if (likely(native && offset > 0)) {
        future = AT(PyObject *, (const char *)task, offset);
        Py_XINCREF(future);
        return future;
    }
    future = PyObject_GetAttr(task, s_fut_waiter);
    if (!future) PyErr_Clear();
    if (future == Py_None) Py_CLEAR(future);
    if (native && future && offset == 0) offset = learn_offset(task, future);
    return future;
}

void tell_suspend(Thread *t, Task *k, bool again) {
    if (likely(again)) {
        uint32_t site = site_of_wait(k);
        if (site) k->site = site;
        emit_of(t, k->serial, now(), IL_EV_SUSPEND, IL_WHY_LOOP, 0, 0, site, 0);
        return;
    }
    PyObject *future = waited_for(k->known.object);
    if (!future && task_is_done(k)) {
        emit_of(t, k->serial, now(), IL_EV_SUSPEND, 0, 0, 0, 0, 0);
        task_ends(k);
        return;
    }
    Wait w = wait_of(k, future);
    if (w.at.site) k->site = w.at.site;
    uint32_t flag = timed(w.timed && w.why != IL_WHY_SLEEP && w.why != IL_WHY_LOOP) | stack_flag(w.at);
    emit_of(t, k->serial, now(), IL_EV_SUSPEND, w.why | flag, w.object, 0, stack_or_site(w.at), w.arg);
    if (w.children) tell_awaits(k, w.at.site, w.children, 0, 0);
    Py_XDECREF(w.children);
    Py_XDECREF(future);
}

bool wait_install(PyObject *asyncio) {
    s_fut_waiter = intern("_fut_waiter"), s_coro = intern("_coro"), s_children = intern("_children"), s_tasks = intern("_tasks");
    s_todo = intern("_todo");
    PyObject *tasks = PyObject_GetAttrString(asyncio, "tasks");
    gathering = tasks ? (PyTypeObject *)PyObject_GetAttrString(tasks, "_GatheringFuture") : NULL;
    Py_XDECREF(tasks);
    return gathering != NULL;
}
