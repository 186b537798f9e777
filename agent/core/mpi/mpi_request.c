/* Calls that come back at once: isend, irecv and their like, and what is prepared to be started again and again. In comes the
 * call, out goes a `send` (a receive is told when it is over: mpi_complete.c), and an Operation beside the Request.
 *
 * An Operation is found by the address of its Request, and its handle has to be the same: a Request that was thrown away
 * leaves its own behind until another one comes to lie there. (Rejected: a reference. The Request keeps the program's buffer
 * from being resized, and would do so for too long.) */
#include "mpi.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 12 };
static Operation *operations[BUCKETS], *spare;

/* ── operations ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static Operation **bucket(PyObject *object) {
    return &operations[((uintptr_t)object * 0x9e3779b97f4a7c15u >> 40) & (BUCKETS - 1)];
}

void operation_drop(Operation *o) {
    for (Operation **at = bucket(o->object); *at; at = &(*at)->next)
        if (*at == o) {
            *at = o->next;
            o->next = spare, spare = o;
            return;
        }
}

/* A receive whose channel is known has its place among the others, whoever sees it end. */
void operation_abandon(Operation *o) {
    Post *post = o->post;
    if (post && post->channel) post_told(post);
    else if (post) post_abandon(post);
    operation_drop(o);
}

static Operation *at_address(PyObject *object) {
    Operation *o = *bucket(object);
    while (o && o->object != object) o = o->next;
    return o;
}

Operation *operation_of(PyObject *object) {
    Operation *o = at_address(object);
    if (!o || o->handle == handle_of(object)) return o;
    operation_abandon(o);
    return NULL;
}

void operation_put(PyObject *object, Operation given) {
    Operation *o = at_address(object);
    if (o) operation_abandon(o);
    if ((o = spare)) spare = o->next;
    else if (!(o = malloc(sizeof *o))) return;
    Operation **at = bucket(object);
    *o = given;
    o->next = *at, o->object = object, o->handle = handle_of(object);
    *at = o;
}

/* ── at once ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static uint32_t tell_send(Channel *channel) {
    uint32_t number = send_begins(channel);
    emit(now(), IL_EV_SEND, 0, channel->serial, number, site_here(), 0);
    return number;
}

PyObject *send_later(const Call *c) {
    Channel *channel = channel_to(c);
    if (!channel) return go_on(c);
    uint32_t number = tell_send(channel);
    PyObject *answer = go_on(c);
    send_returns(channel, number, answer != NULL);
    if (answer) operation_put(answer, (Operation){.kind = SEND, .active = true, .comm = channel->comm, .channel = channel, .number = number});
    return answer;
}

static const Form receiving = {3, 0, {"buf", "source", "tag"}};

static Communicator *received_from(const Call *c, int *source, int *tag) {
    Communicator *comm = communicator_of(c->self);
    PyObject *given[3];
    bool known = comm && arguments(c, &receiving, given) && int_of(given[1], mpi.any_source, source) &&
                 int_of(given[2], mpi.any_tag, tag) && *source != mpi.proc_null;
    return known ? comm : NULL;
}

PyObject *receive_later(const Call *c) {
    int source, tag;
    Communicator *comm = received_from(c, &source, &tag);
    Post *post = comm ? post_begins(comm, source, tag) : NULL;
    PyObject *answer = go_on(c);
    if (!post) return answer;
    post_returns(post);
    if (answer) operation_put(answer, (Operation){.kind = RECEIVE, .active = true, .comm = comm, .post = post});
    else post_undo(post);
    return answer;
}

/* Isendrecv(sendbuf, dest, sendtag, recvbuf, source, recvtag), Isendrecv_replace(buf, dest, sendtag, source, recvtag): the
 * Request is over when both are. */
static const Form both = {6, 2, {"sendbuf", "dest", "sendtag", "recvbuf", "source", "recvtag"}};
static const Form both_replace = {5, 2, {"buf", "dest", "sendtag", "source", "recvtag"}};

PyObject *send_receive_later(const Call *c) {
    const Form *form = c->method->what ? &both_replace : &both;
    Communicator *comm = communicator_of(c->self);
    PyObject *given[MOST_PLACES];
    int at = form->places - 2, dest, sendtag, source, tag;
    if (!comm || !arguments(c, form, given) || !int_of(given[1], 0, &dest) || !int_of(given[2], 0, &sendtag) ||
        !int_of(given[at], mpi.any_source, &source) || !int_of(given[at + 1], mpi.any_tag, &tag))
        return go_on(c);
    Channel *to = channel_of(comm, dest, sendtag, true);
    Post *post = source == mpi.proc_null ? NULL : post_begins(comm, source, tag);
    uint32_t number = to ? tell_send(to) : 0;
    PyObject *answer = go_on(c);
    if (to) send_returns(to, number, answer != NULL);
    if (post) post_returns(post);
    if (answer && post) operation_put(answer, (Operation){.kind = RECEIVE, .active = true, .comm = comm, .post = post});
    else if (answer && to) operation_put(answer, (Operation){.kind = SEND, .active = true, .comm = comm, .channel = to, .number = number});
    else if (post) post_undo(post);
    return answer;
}

/* ── prepared ───────────────────────────────────────────────────────────────────────────────────────────────────── */
PyObject *send_prepared(const Call *c) {
    Channel *channel = channel_to(c);
    PyObject *answer = go_on(c);
    if (answer && channel)
        operation_put(answer, (Operation){.kind = SEND, .persistent = true, .comm = channel->comm, .channel = channel});
    return answer;
}

PyObject *receive_prepared(const Call *c) {
    int source, tag;
    Communicator *comm = received_from(c, &source, &tag);
    PyObject *answer = go_on(c);
    if (answer && comm)
        operation_put(answer, (Operation){.kind = RECEIVE, .persistent = true, .comm = comm, .source = source, .tag = tag});
    return answer;
}

static void begin(Operation *o) {
    o->number = 0;
    if (o->kind == SEND) o->number = tell_send(o->channel);
    else if (o->kind == RECEIVE) o->post = post_begins(o->comm, o->source, o->tag);
    else if (o->kind == COLLECTIVE) o->number = collective_begins(o);
    o->active = true;
}

static void begun(Operation *o, bool done) {
    if (o->kind == SEND) send_returns(o->channel, o->number, done);
    if (o->kind == RECEIVE && o->post) {
        post_returns(o->post);
        if (!done) post_undo(o->post), o->post = NULL;
    }
    o->active = done;
}

PyObject *start(const Call *c) {
    Operation *o = operation_of(c->self);
    bool ours = o && o->persistent && !o->active;
    if (ours) begin(o);
    PyObject *answer = go_on(c);
    if (ours) begun(o, answer != NULL);
    return answer;
}

PyObject *start_all(const Call *c) {
    static const Form form = {1, 1, {"requests"}};
    PyObject *given[1];
    Py_ssize_t n = arguments(c, &form, given) && PyList_Check(given[0]) ? PyList_Size(given[0]) : 0;
    Operation **ours = n ? calloc((size_t)n, sizeof *ours) : NULL;
    for (Py_ssize_t i = 0; ours && i < n; i++) {
        PyObject *request = PyList_GetItem(given[0], i);
        Operation *o = PyType_IsSubtype(Py_TYPE(request), (PyTypeObject *)mpi.request) ? operation_of(request) : NULL;
        if (o && o->persistent && !o->active) begin(ours[i] = o);
    }
    PyObject *answer = go_on(c);
    for (Py_ssize_t i = 0; ours && i < n; i++)
        if (ours[i]) begun(ours[i], answer != NULL);
    free(ours);
    return answer;
}

/* ── given up ───────────────────────────────────────────────────────────────────────────────────────────────────── */
PyObject *cancel_request(const Call *c) {
    Operation *o = operation_of(c->self);
    PyObject *answer = go_on(c);
    if (!answer || !o) return answer;
    o->cancelled = true;
    if (o->kind == SEND && o->active) {
        emit(now(), IL_EV_SEND, IL_OUTCOME_CANCELLED, o->channel->serial, o->number, site_here(), 0);
        o->channel->lost = true;
    }
    return answer;
}

PyObject *free_request(const Call *c) {
    Operation *o = operation_of(c->self);
    PyObject *answer = go_on(c);
    if (answer && o) operation_abandon(o);
    return answer;
}
