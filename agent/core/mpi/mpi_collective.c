/* What all ranks of a communicator call together. In comes the call, out go
 *
 *   allreduce      enter … leave                      the n-th that this rank enters on the communicator
 *   Iallreduce     enter|nonblocking, and when a wait or test has found it over: leave
 *
 * A call for objects may make several of MPI's own; none of those goes through a method, so it is told once. A communicator that
 * is made together is known from then on, by its members. Bytes are those of the buffer that this rank gives, where it says
 * how long it is. */
#include "mpi.h"
#include <string.h>

static PyObject *s_nbytes;

uint32_t bytes_of(PyObject *buffer) {
    if (!buffer || buffer == Py_None) return 0;
    if (PyByteArray_Check(buffer)) return (uint32_t)PyByteArray_Size(buffer);
    if (PyBytes_Check(buffer)) return (uint32_t)PyBytes_Size(buffer);
    if (PyTuple_Check(buffer) || PyList_Check(buffer) || PyLong_Check(buffer) || PyUnicode_Check(buffer)) return 0;
    static PyTypeObject *without[4]; /* to be told so by an exception takes longer than a small collective */
    static unsigned next;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (without[i] == Py_TYPE(buffer)) return 0;
    if (!s_nbytes) s_nbytes = PyUnicode_InternFromString("nbytes");
    PyObject *bytes = PyObject_GetAttr(buffer, s_nbytes);
    if (!bytes) without[next++ % (sizeof without / sizeof *without)] = Py_TYPE(buffer);
    long long n = bytes && PyLong_Check(bytes) ? PyLong_AsLongLong(bytes) : 0;
    Py_XDECREF(bytes);
    PyErr_Clear();
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static const char *const first_names[] = {"buf", "sendbuf", "obj", "sendobj"};

static PyObject *what_it_gives(const Call *c) {
    if (c->nargs) return c->args[0];
    for (size_t i = 0; c->kwnames && i < sizeof first_names / sizeof *first_names; i++) {
        PyObject *given = argument(c->args, 0, c->kwnames, 1, first_names[i]);
        if (given) return given;
    }
    return NULL;
}

/* Of a call with a root: whether that is this rank. Between two groups the root says so itself. */
static bool is_root(const Call *c, const Communicator *comm) {
    PyObject *given = c->method->place ? argument(c->args, c->nargs, c->kwnames, c->method->place, "root") : NULL;
    int root;
    if (!c->method->place || !int_of(given, 0, &root)) return false;
    return comm->inter ? root == mpi.root : root == comm->rank;
}

static bool gives(const Method *m, bool root) {
    return root || (m->what != IL_COLLECTIVE_BCAST && m->what != IL_COLLECTIVE_SCATTER);
}

/* A call for buffers that sums over ranks may call a function of the program's while MPI works. */
static bool may_run_python(const Call *c) {
    int what = c->method->what;
    if (for_objects(c) || what < IL_COLLECTIVE_REDUCE || what > IL_COLLECTIVE_EXSCAN) return false;
    static PyObject *known; /* one of MPI's own, held */
    bool after_counts = what == IL_COLLECTIVE_REDUCE_SCATTER && strcmp(c->method->name, "Reduce_scatter") == 0;
    PyObject *op = argument(c->args, c->nargs, c->kwnames, after_counts ? 3 : 2, "op");
    if (!op || op == known) return false;
    PyObject *own = PyObject_GetAttrString(op, "is_predefined");
    bool its_own = own == Py_True;
    Py_XDECREF(own);
    PyErr_Clear();
    if (!its_own) return true;
    Py_XDECREF(known);
    known = Py_NewRef(op);
    return false;
}

uint32_t collective_enters(const Call *c, uint32_t serial, uint32_t *entered, uint32_t flags, uint32_t bytes) {
    tell_begin(c, IL_EV_ENTER, flags, serial, ++*entered, bytes);
    return *entered;
}

/* Arguments that are wrong are so before MPI hears of them: the next call is the n-th. */
void collective_leaves(const Call *c, uint32_t serial, uint32_t *entered, uint32_t number, bool done) {
    gil_back(IL_EV_LEAVE, done ? IL_OUTCOME_DONE : IL_OUTCOME_RAISED, serial, number, 0);
    if (done || for_objects(c) || number != *entered) return;
    PyObject *type = PyErr_Occurred();
    if (type && !PyErr_GivenExceptionMatches(type, mpi.exception)) --*entered;
}

often PyObject *collective(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    if (!comm) return go_on(c);
    bool root = is_root(c, comm);
    uint32_t bytes = !for_objects(c) && gives(c->method, root) ? bytes_of(what_it_gives(c)) : 0;
    uint32_t flags = (uint32_t)c->method->what | (root ? IL_FLAG_ROOT : 0);
    uint32_t number = collective_enters(may_run_python(c) ? NULL : c, comm->serial, &comm->entered, flags, bytes);
    PyObject *answer = go_on(c);
    collective_leaves(c, comm->serial, &comm->entered, number, answer != NULL);
    return answer;
}

/* ── that come back at once ─────────────────────────────────────────────────────────────────────────────────────── */
static Operation operation_for(const Call *c, Communicator *comm) {
    uint32_t flags = (uint32_t)c->method->what | (is_root(c, comm) ? IL_FLAG_ROOT : 0);
    return (Operation){.kind = COLLECTIVE, .comm = comm, .object_serial = comm->serial, .flags = (uint16_t)flags};
}

uint32_t collective_begins(const Operation *o) {
    return collective_enters(NULL, o->object_serial, &o->comm->entered, o->flags | IL_FLAG_NONBLOCKING, 0);
}

PyObject *collective_later(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    if (!comm) return go_on(c);
    Operation o = operation_for(c, comm);
    o.number = collective_begins(&o);
    o.active = true;
    PyObject *answer = go_on(c);
    if (answer) operation_put(answer, o);
    else collective_leaves(c, comm->serial, &comm->entered, o.number, false);
    return answer;
}

PyObject *collective_prepared(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    PyObject *answer = go_on(c);
    if (!answer || !comm) return answer;
    Operation o = operation_for(c, comm);
    o.persistent = true;
    operation_put(answer, o);
    return answer;
}

/* ── that make a communicator, or end one ───────────────────────────────────────────────────────────────────────── */
static const char *how(const Method *m) {
    static const struct {
        const char *method, *how;
    } words[] = {
        {"Split", "split"},           {"Split_type", "split by type"}, {"Create", "group"},       {"Create_group", "group"},
        {"Create_cart", "cart"},      {"Create_graph", "graph"},       {"Sub", "sub"},            {"Merge", "merged"},
        {"Create_intercomm", "inter"}, {"Shrink", "shrunk"},           {"Spawn", "spawn"},        {"Spawn_multiple", "spawn"},
        {"Accept", "accepted"},       {"Connect", "connected"},        {"Create_from_group", "group"},
        {"Create_dist_graph", "graph"}, {"Create_dist_graph_adjacent", "graph"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].method, m->name) == 0) return words[i].how;
    return "dup";
}

static int colour_of(const Call *c) {
    int colour = -1;
    if (strcmp(c->method->name, "Split") != 0) return -1;
    return int_of(argument(c->args, c->nargs, c->kwnames, 0, "color"), 0, &colour) ? colour : -1;
}

/* what: all of the parent call it; else only those that will be in the new one, and the parent does not count it */
PyObject *communicator_making(const Call *c) {
    Communicator *parent = is_communicator(c->self) ? communicator_of(c->self) : NULL;
    bool all = c->method->what && parent;
    uint32_t number = all ? collective_enters(NULL, parent->serial, &parent->entered, IL_COLLECTIVE_CREATE, 0) : 0;
    if (!all) tell_wait(IL_WHY_COLLECTIVE, parent ? parent->serial : 0);
    int colour = colour_of(c);
    PyObject *answer = go_on(c);
    if (all) collective_leaves(c, parent->serial, &parent->entered, number, answer != NULL);
    else tell_wake(parent ? parent->serial : 0, answer != NULL);
    if (answer) communicator_made(answer, parent, how(c->method), colour);
    return answer;
}

/* Idup → (communicator, request): MPI knows nothing of the new one until the request is over. */
PyObject *communicator_making_later(const Call *c) {
    Communicator *parent = communicator_of(c->self);
    if (!parent) return go_on(c);
    Operation o = {.kind = COLLECTIVE, .comm = parent, .object_serial = parent->serial, .flags = IL_COLLECTIVE_CREATE, .active = true};
    o.number = collective_begins(&o);
    PyObject *answer = go_on(c);
    if (answer && PyTuple_Check(answer) && PyTuple_Size(answer) == 2) {
        communicator_due(PyTuple_GetItem(answer, 0), parent);
        operation_put(PyTuple_GetItem(answer, 1), o);
    } else if (!answer)
        collective_leaves(c, parent->serial, &parent->entered, o.number, false);
    return answer;
}

PyObject *communicator_ending(const Call *c) {
    Communicator *comm = communicator_of(c->self);
    if (!comm) return go_on(c);
    uint64_t handle = handle_of(c->self);
    bool stays = for_objects(c) && comm->lasting; /* free() leaves the predefined ones alone */
    uint32_t number = stays ? 0 : collective_enters(NULL, comm->serial, &comm->entered, IL_COLLECTIVE_FREE, 0);
    PyObject *answer = go_on(c);
    if (!stays) collective_leaves(c, comm->serial, &comm->entered, number, answer != NULL);
    if (answer && !stays) communicator_forget(handle);
    return answer;
}

PyObject *communicator_named(const Call *c) {
    PyObject *answer = go_on(c), *name = argument(c->args, c->nargs, c->kwnames, 0, "name");
    Communicator *comm = answer && name && PyUnicode_Check(name) ? communicator_of(c->self) : NULL;
    if (!comm) return answer;
    Line l = line_of("name");
    line_number(&l, "object", comm->serial);
    line_text(&l, "name", name);
    line_send(&l);
    return answer;
}
