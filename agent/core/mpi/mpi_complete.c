/* Waits and tests: calls that end what was begun before. In comes one Request or a list, out go
 *
 *   wait, of one       wait … receive|ends         of a send: wait … wake        of a collective: wait … leave
 *   of several         wait … a receive or leave for each that is over, wake      all of the time when the call came back
 *   test               a receive or leave for each that is over; nothing is: refused
 *
 * Of several receives nobody says which came last, so none of them is said to have ended the wait. Numbers are given in the
 * order of posting before any of them is told. */
#include "mpi.h"
#include <stdlib.h>
#include <string.h>

enum { FEW = 16 };
typedef struct {
    PyObject *requests; /* NULL: it is one, `self` */
    Py_ssize_t n;
    Operation **ops, *few[FEW]; /* NULL: not one that we know */
    bool pending, receives;
    uint32_t object, why; /* of all; object 0: of several */
} Group;

static const Form of_one = {1, 0, {"status"}}, of_any = {2, 1, {"requests", "status"}}, of_several = {2, 1, {"requests", "statuses"}};

static PyObject *request_at(const Group *g, PyObject *self, Py_ssize_t i) {
    if (!g->requests) return self;
    return PyList_Check(g->requests) ? PyList_GetItem(g->requests, i) : PyTuple_GetItem(g->requests, i);
}

static uint32_t object_of(const Operation *o) {
    if (o->kind == COLLECTIVE) return o->object_serial;
    return serial_of(o->kind == SEND ? o->channel : o->post ? o->post->channel : NULL);
}

static uint32_t why_of(const Operation *o) {
    return o->kind == SEND ? IL_WHY_SEND : o->kind == COLLECTIVE ? IL_WHY_COLLECTIVE : IL_WHY_MESSAGE;
}

/* false: there is no telling what it waits for */
static bool gather(Group *g, const Call *c, PyObject *requests) {
    *g = (Group){.requests = requests, .n = 1, .ops = g->few, .why = IL_WHY_MESSAGE};
    if (requests) {
        if (!PyList_Check(requests) && !PyTuple_Check(requests)) return false;
        g->n = PyList_Check(requests) ? PyList_Size(requests) : PyTuple_Size(requests);
        if (g->n > FEW && !(g->ops = malloc((size_t)g->n * sizeof *g->ops))) return false;
    }
    bool first = true;
    for (Py_ssize_t i = 0; i < g->n; i++) {
        PyObject *request = request_at(g, c->self, i);
        bool is = request && PyType_IsSubtype(Py_TYPE(request), (PyTypeObject *)mpi.request);
        Operation *o = g->ops[i] = is && handle_of(request) != mpi.null_request ? operation_of(request) : NULL;
        if (o && !o->active) {
            g->ops[i] = NULL;
            continue;
        }
        if (!is || handle_of(request) == mpi.null_request) continue;
        g->pending = true;
        uint32_t object = o ? object_of(o) : 0, why = o ? why_of(o) : IL_WHY_MESSAGE;
        if (first) g->object = object, g->why = why, first = false;
        else if (object != g->object || why != g->why) g->object = 0, g->why = IL_WHY_MESSAGE;
        g->receives |= o && o->kind == RECEIVE;
    }
    return true;
}

static void release(Group *g) {
    if (g->ops != g->few) free(g->ops);
}

/* ── what is over ───────────────────────────────────────────────────────────────────────────────────────────────── */
static bool was_cancelled(PyObject *status) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *answer = status_missing(status) ? NULL : PyObject_CallMethod(status, "Is_cancelled", NULL);
    bool yes = answer && PyObject_IsTrue(answer) == 1;
    Py_XDECREF(answer);
    PyErr_Restore(type, value, trace);
    return yes;
}

/* It knows from whom it is, and has its place among the others. */
static void match(Operation *o, PyObject *status) {
    if (o->kind != RECEIVE || !o->post) return;
    Post *post = o->post;
    bool gone = o->cancelled && (status_missing(status) || was_cancelled(status));
    if (gone) {
        if (status_missing(status)) post_abandon(post);
        else post_undo(post);
        o->post = NULL;
    } else if (!post->channel && status_missing(status)) {
        post_abandon(post);
        o->post = NULL;
    } else if (post->channel) {
        post_matched(post, post->channel->peer, post->channel->tag);
    } else {
        Got got = status_read(status);
        post_matched(post, got.source, got.tag);
    }
}

/* true: it was told, and with `ends` that the wait is over. */
static bool tell(Operation *o, uint64_t time, PyObject *status, bool ends) {
    bool told = false;
    if (o->kind == RECEIVE && o->post) {
        Post *post = o->post;
        uint32_t bytes = status_missing(status) ? 0 : status_read(status).bytes;
        if ((told = post->channel != NULL))
            emit(time, IL_EV_RECEIVE, ends ? IL_FLAG_ENDS : 0, post->channel->serial, post->number, 0, bytes);
        post_told(post);
        o->post = NULL;
    } else if (o->kind == COLLECTIVE) {
        emit(time, IL_EV_LEAVE, IL_OUTCOME_DONE, o->object_serial, o->number, 0, 0);
        told = true;
    }
    o->active = o->cancelled = false;
    if (!o->persistent) operation_drop(o);
    return told;
}

static void abandon_all(Group *g) {
    for (Py_ssize_t i = 0; i < g->n; i++) {
        Operation *o = g->ops[i];
        if (!o) continue;
        if (!o->persistent) operation_abandon(o);
        else if (o->post) post_abandon(o->post), o->post = NULL;
        o->active = false;
    }
}

/* Which of them are over: places into `done`, how many out. What the original answers, with the objects where it has them:
 * wait → object, Wait → True, test → (flag, object), Testany → (index, flag), Waitsome → [index, …] or None … */
static Py_ssize_t whose_turn(const Call *c, const Group *g, PyObject *answer, Py_ssize_t *done) {
    int what = c->method->what;
    bool waits = c->method->place;
    PyObject *first = PyTuple_Check(answer) && PyTuple_Size(answer) ? PyTuple_GetItem(answer, 0) : answer;
    if (what == SOME) {
        Py_ssize_t n = PyList_Check(first) ? PyList_Size(first) : 0, kept = 0;
        for (Py_ssize_t i = 0; i < n; i++) {
            Py_ssize_t at = PyLong_AsSsize_t(PyList_GetItem(first, i));
            if (at >= 0 && at < g->n && kept < g->n) done[kept++] = at;
        }
        return kept;
    }
    if (what == ANY) {
        PyObject *flag = waits ? Py_True : PyTuple_GetItem(answer, 1);
        Py_ssize_t at = PyLong_AsSsize_t(first);
        if (flag != Py_True || at < 0 || at >= g->n) return 0;
        return done[0] = at, 1;
    }
    if (!waits && first != Py_True) return 0;
    for (Py_ssize_t i = 0; i < g->n; i++) done[i] = i;
    return g->n;
}

/* The Status of the k-th that is over. */
static PyObject *status_of(int what, PyObject *status, Py_ssize_t k) {
    if (what == ONE || what == ANY || status_missing(status)) return status;
    PyObject *item = PyList_Check(status) && k < PyList_Size(status) ? PyList_GetItem(status, k) : NULL;
    return item && PyObject_TypeCheck(item, (PyTypeObject *)mpi.status) ? item : NULL;
}

static void tell_all(const Call *c, Group *g, PyObject *answer, PyObject *status, bool waited) {
    int what = c->method->what;
    Py_ssize_t few[FEW], *done = g->n > FEW ? malloc((size_t)g->n * sizeof *done) : few;
    Py_ssize_t n = done ? whose_turn(c, g, answer, done) : 0;
    for (Py_ssize_t k = 0; k < n; k++)
        if (g->ops[done[k]]) match(g->ops[done[k]], status_of(what, status, k));
    uint64_t time = now(); /* after whatever was told of channels that are new */
    bool over = false, any = false;
    for (Py_ssize_t k = 0; k < n; k++) {
        if (!g->ops[done[k]]) continue;
        any = true;
        bool told = tell(g->ops[done[k]], time, status_of(what, status, k), waited && g->n == 1);
        over |= told && (g->n == 1 || g->why == IL_WHY_COLLECTIVE); /* the first leave ends the wait */
    }
    if (waited && !over) emit(time, IL_EV_WAKE, IL_OUTCOME_DONE, g->object, 0, 0, 0);
    if (!waited && !any && g->object) emit(time, IL_EV_REFUSED, 0, g->object, 0, site_here(), 0);
    if (done != few) free(done);
}

PyObject *complete(const Call *c) {
    int what = c->method->what;
    bool waits = c->method->place;
    PyObject *given[2] = {0};
    Group g;
    int at = what == ONE ? 0 : 1;
    if (!arguments(c, what == ONE ? &of_one : what == ANY ? &of_any : &of_several, given)) return go_on(c);
    if (!gather(&g, c, what == ONE ? NULL : given[0])) return go_on(c);
    if (!g.pending) return release(&g), go_on(c);
    bool several = what == ALL || what == SOME;
    PyObject *own = g.receives && status_missing(given[at]) ? several ? PyList_New(0) : status_take() : NULL;
    if (own) given[at] = own;
    if (waits) tell_wait(g.why, g.object);
    PyObject *status = given[at], *answer = go_on_with(c, given, at + (status != NULL));
    if (answer)
        tell_all(c, &g, answer, status, waits);
    else {
        bool taken = what == ONE && was_taken(c) == TAKEN && g.ops[0];
        if (taken) match(g.ops[0], status);
        bool told = taken && tell(g.ops[0], now(), status, waits);
        if (!taken) abandon_all(&g);
        if (waits && !told) tell_wake(g.object, false);
    }
    if (own && several) Py_DECREF(own);
    else status_give_back(own);
    release(&g);
    return answer;
}
