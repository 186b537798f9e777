/* Calls that send or receive a message and come back when that is done. In comes the call, out go
 *
 *   send, ssend     send|blocks … wake          bsend, rsend     send        (they do not wait for the other side)
 *   recv            wait … receive|ends         sendrecv         send, wait … receive|ends
 *   probe           wait … wake                 iprobe           refused, when there is none
 *
 * What a receive got from whom is read from its Status. When the program passes none, one of ours goes in, which changes
 * nothing that the program can see. A message for or from nobody (PROC_NULL) is none. What its arguments do not tell is left
 * to the original, which will raise. */
#include "mpi.h"
#include <string.h>

/* ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────── */
/* The names in a call are a constant of its code: whose they are is kept with a reference to them, for the next call. */
typedef struct {
    PyObject *names;
    const Form *form;
    Py_ssize_t nargs;
    int n, places[MOST_PLACES];
} Named;

rarely static bool names_read(const Call *c, const Form *form, Named *slot) {
    Named read = {c->kwnames, form, c->nargs, (int)PyTuple_Size(c->kwnames), {0}};
    bool given[MOST_PLACES] = {false};
    for (int i = 0; i < c->nargs; i++) given[i] = true;
    for (int k = 0; k < read.n; k++) {
        int i = 0;
        PyObject *name = PyTuple_GetItem(c->kwnames, k);
        while (i < form->places && PyUnicode_CompareWithASCIIString(name, form->names[i]) != 0) i++;
        if (i == form->places || given[i]) return false;
        given[i] = true, read.places[k] = i;
    }
    for (int i = 0; i < form->required; i++)
        if (!given[i]) return false;
    PyObject *before = slot->names;
    Py_INCREF(read.names);
    *slot = read;
    Py_XDECREF(before);
    return true;
}

bool named_arguments(const Call *c, const Form *form, PyObject **to) {
    enum { SLOTS = 64 };
    static Named slots[SLOTS];
    Named *named = &slots[(uintptr_t)c->kwnames / 16 % SLOTS];
    bool known = named->names == c->kwnames && named->form == form && named->nargs == c->nargs;
    if (unlikely(!known) && !names_read(c, form, named)) return false;
    for (int k = 0; k < named->n; k++) to[named->places[k]] = c->args[c->nargs + k];
    return true;
}

bool int_of(PyObject *object, int otherwise, int *to) {
    if (!object) return *to = otherwise, true;
    if (!PyIndex_Check(object)) return false;
    int overflow = 0;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (value == -1 && PyErr_Occurred()) return PyErr_Clear(), false;
    *to = (int)value;
    return !overflow && *to == value;
}

/* ── send ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static const Form sending_object = {3, 2, {"obj", "dest", "tag"}}, sending_buffer = {3, 2, {"buf", "dest", "tag"}};

often Channel *channel_to(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    PyObject *given[3];
    int dest, tag;
    if (likely(comm && means_again(c, comm->out))) return comm->out;
    if (!comm || !arguments(c, for_objects(c) ? &sending_object : &sending_buffer, given)) return NULL;
    if (!int_of(given[1], 0, &dest) || !int_of(given[2], 0, &tag)) return NULL;
    Channel *channel = channel_of(comm, dest, tag, true);
    channel_remember(channel, given[1], given[2]);
    return channel;
}

often PyObject *send_blocking(const Call *c) {
    Channel *channel = channel_to(c);
    if (!channel) return go_on(c);
    uint32_t number = send_begins(channel);
    tell_begin(c, IL_EV_SEND, IL_FLAG_BLOCKS, channel->serial, number, 0);
    PyObject *answer = go_on(c);
    tell_wake(channel->serial, answer != NULL);
    send_returns(channel, number, answer != NULL);
    return answer;
}

PyObject *send_buffered(const Call *c) {
    Channel *channel = channel_to(c);
    if (!channel) return go_on(c);
    uint32_t site = site_here(), number = send_begins(channel);
    emit(now(), IL_EV_SEND, 0, channel->serial, number, site, 0);
    PyObject *answer = go_on(c);
    send_returns(channel, number, answer != NULL);
    return answer;
}

/* ── receive ────────────────────────────────────────────────────────────────────────────────────────────────────── */
/* The original with a Status in place `at`, ours where the program has none; what it got is read from that. */
static inline PyObject *with_status(const Call *c, PyObject **args, int at, Got *got) {
    PyObject *own = status_missing(args[at]) ? status_take() : NULL;
    if (own) args[at] = own;
    PyObject *status = args[at], *answer = go_on_with(c, args, at + (status != NULL));
    if (answer && !status_missing(status)) *got = status_read(status);
    status_give_back(own);
    return answer;
}

/* Waits for the message of that receive and tells it. */
often static PyObject *receive(const Call *c, Post *post, PyObject **args, int places) {
    Got got = {post->channel ? post->channel->peer : post->source, post->channel ? post->channel->tag : post->tag, 0};
    uint32_t object = post->channel ? post->channel->serial : awaited(post->comm, post->source, post->tag);
    tell_begin(c, IL_EV_WAIT, IL_WHY_MESSAGE, object, 0, 0);
    PyObject *answer = with_status(c, args, places - 1, &got);
    post_returns(post);
    Taken taken = likely(answer != NULL) ? TAKEN : was_taken(c);
    if (unlikely(taken != TAKEN)) {
        tell_wake(object, false);
        if (taken == NOT_TAKEN) post_undo(post);
        else post_abandon(post);
        return NULL;
    }
    post_matched(post, got.source, got.tag); /* which may tell of a channel that is new */
    if (likely(post->channel != NULL))
        gil_back(IL_EV_RECEIVE, IL_FLAG_ENDS, post->channel->serial, post->number, got.bytes);
    else
        tell_wake(object, true);
    post_told(post);
    return answer;
}

static const Form receiving_object = {4, 0, {"buf", "source", "tag", "status"}};
static const Form receiving_buffer = {4, 1, {"buf", "source", "tag", "status"}};

often PyObject *receive_blocking(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    if (likely(comm && means_again(c, comm->in))) {
        PyObject *again[] = {c->args[0], c->args[1], c->args[2], NULL};
        Post *post = post_into(comm, comm->in, comm->in->peer, comm->in->tag);
        return post ? receive(c, post, again, 4) : go_on(c);
    }
    PyObject *given[4];
    int source, tag;
    if (!comm || !arguments(c, for_objects(c) ? &receiving_object : &receiving_buffer, given) ||
        !int_of(given[1], mpi.any_source, &source) || !int_of(given[2], mpi.any_tag, &tag) || source == mpi.proc_null)
        return go_on(c);
    Post *post = post_begins(comm, source, tag);
    if (!post) return go_on(c);
    channel_remember(post->channel, given[1], given[2]);
    if (!given[0]) given[0] = Py_None;
    if (!given[1]) given[1] = mpi.any_source_object;
    if (!given[2]) given[2] = mpi.any_tag_object;
    return receive(c, post, given, 4);
}

/* sendrecv(obj, dest, sendtag, recvbuf, source, recvtag, status), Sendrecv(buf, the same), Sendrecv_replace(buf, dest, sendtag,
 * source, recvtag, status) */
static const Form both_object = {7, 2, {"sendobj", "dest", "sendtag", "recvbuf", "source", "recvtag", "status"}};
static const Form both_buffer = {7, 2, {"sendbuf", "dest", "sendtag", "recvbuf", "source", "recvtag", "status"}};
static const Form both_replace = {6, 2, {"buf", "dest", "sendtag", "source", "recvtag", "status"}};

PyObject *send_receive(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    const Form *form = c->method->what ? &both_replace : for_objects(c) ? &both_object : &both_buffer;
    PyObject *given[MOST_PLACES];
    int at = form->places - 3, dest, sendtag, source, tag;
    if (!comm || !arguments(c, form, given) || !int_of(given[1], 0, &dest) || !int_of(given[2], 0, &sendtag) ||
        !int_of(given[at], mpi.any_source, &source) || !int_of(given[at + 1], mpi.any_tag, &tag) || source == mpi.proc_null)
        return go_on(c);
    Channel *to = channel_of(comm, dest, sendtag, true);
    Post *post = post_begins(comm, source, tag);
    if (!post) return go_on(c);
    uint32_t number = to ? send_begins(to) : 0;
    if (to) emit(now(), IL_EV_SEND, 0, to->serial, number, site_here(), 0);
    static PyObject *zero;
    if (!zero) zero = PyLong_FromLong(0);
    if (!given[2]) given[2] = zero;
    if (!given[3]) given[3] = c->method->what ? mpi.any_source_object : Py_None;
    if (!given[at]) given[at] = mpi.any_source_object;
    if (!given[at + 1]) given[at + 1] = mpi.any_tag_object;
    PyObject *answer = receive(c, post, given, form->places);
    if (to) send_returns(to, number, answer || was_taken(c) == TAKEN);
    return answer;
}

/* ── probe ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static const Form probing = {3, 0, {"source", "tag", "status"}};
static const Form probing_of = {4, 1, {"comm", "source", "tag", "status"}};

/* Methods of Comm, and the same of Message, which name the communicator first. Out: the arguments, ready to go on with. */
static int probed(const Call *c, PyObject **given, Communicator **comm, int *source, int *tag) {
    bool named = c->method->cls[0] == 'M';
    PyObject **args = given + named;
    if (!arguments(c, named ? &probing_of : &probing, given)) return 0;
    *comm = communicator_of(named ? given[0] : c->self);
    if (!*comm || !int_of(args[0], mpi.any_source, source) || !int_of(args[1], mpi.any_tag, tag) || *source == mpi.proc_null) return 0;
    if (!args[0]) args[0] = mpi.any_source_object;
    if (!args[1]) args[1] = mpi.any_tag_object;
    return named + 3;
}

PyObject *probe(const Call *c) {
    PyObject *given[4];
    Communicator *comm;
    int source, tag;
    if (!probed(c, given, &comm, &source, &tag)) return go_on(c);
    uint32_t object = awaited(comm, source, tag);
    tell_begin(c, IL_EV_WAIT, IL_WHY_MESSAGE, object, 0, 0);
    PyObject *answer = go_on(c);
    tell_wake(object, answer != NULL);
    return answer;
}

PyObject *try_probe(const Call *c) {
    PyObject *given[4], *answer = go_on(c);
    Communicator *comm;
    int source, tag;
    if (answer != Py_False || !probed(c, given, &comm, &source, &tag)) return answer;
    uint32_t object = awaited(comm, source, tag);
    if (object) emit(now(), IL_EV_REFUSED, 0, object, 0, site_here(), 0);
    return answer;
}

/* ── a message in hand ──────────────────────────────────────────────────────────────────────────────────────────── */
/* mprobe, improbe: the message is taken from its channel here, and received later. */
PyObject *take_message(const Call *c) {
    bool blocks = c->method->what;
    PyObject *given[4];
    Communicator *comm;
    int source, tag, places = probed(c, given, &comm, &source, &tag);
    Post *post = places ? post_begins(comm, source, tag) : NULL;
    if (!post) return go_on(c);
    Got got = {source, tag, 0};
    uint32_t object = serial_of(post->channel);
    if (blocks) tell_wait(IL_WHY_MESSAGE, object);
    PyObject *answer = with_status(c, given, places - 1, &got);
    if (blocks) tell_wake(object, answer != NULL);
    post_returns(post);
    if (!answer || answer == Py_None) {
        if (answer && object) emit(now(), IL_EV_REFUSED, 0, object, 0, site_here(), 0);
        return post_undo(post), answer;
    }
    post_matched(post, got.source, got.tag);
    operation_put(answer, (Operation){.kind = MESSAGE, .comm = comm, .post = post});
    return answer;
}

static const Form taking_buffer = {2, 1, {"buf", "status"}}, taking_object = {1, 0, {"status"}};

PyObject *message_receive(const Call *c) {
    const Form *form = for_objects(c) ? &taking_object : &taking_buffer;
    Operation *message = operation_of(c->self);
    PyObject *given[2];
    if (!message || message->kind != MESSAGE || !arguments(c, form, given)) return go_on(c);
    Post *post = message->post;
    operation_drop(message);
    return receive(c, post, given, form->places);
}

PyObject *message_receive_later(const Call *c) {
    Operation *message = operation_of(c->self);
    Post *post = message && message->kind == MESSAGE ? message->post : NULL;
    Communicator *comm = post ? message->comm : NULL;
    PyObject *answer = go_on(c);
    if (!answer || !post) return answer;
    operation_drop(message);
    operation_put(answer, (Operation){.kind = RECEIVE, .comm = comm, .post = post, .active = true});
    return answer;
}
