/* Communicators. In comes an object of mpi4py, out goes what is known of it, by its handle: several objects may have one.
 *
 * What it is called has to be the same in all its ranks, without asking them. Ranks that make a communicator together do so in
 * the same order, so it is named after its members and how many with these members came before: "the 2nd of ranks 0, 2".
 * (Rejected: after its parent, as the n-th made from that. It says less where parents differ, as of an intercommunicator.)
 * One that this process first sees in use, because C code made it, is this process's own: its messages have no arrows. */
#include "mpi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 64 };
static Communicator *known[BUCKETS];
struct LastCommunicator last_communicator;

static Communicator **bucket(uint64_t handle) { return &known[(handle * 0x9e3779b97f4a7c15u >> 58) & (BUCKETS - 1)]; }

bool is_communicator(PyObject *object) { return object && PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)mpi.comm); }

/* ── members ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static int number_of(PyObject *object, const char *method) {
    PyObject *answer = PyObject_CallMethod(object, method, NULL);
    int n = answer ? (int)PyLong_AsLong(answer) : 0;
    Py_XDECREF(answer);
    return n;
}

/* Ranks in the world of those in the group that `method` gives, or NULL. */
static int32_t *world_ranks(PyObject *comm, const char *method, int n) {
    PyObject *group = PyObject_CallMethod(comm, method, NULL), *places = PyList_New(n);
    for (int i = 0; places && i < n; i++) PyList_SetItem(places, i, PyLong_FromLong(i));
    PyObject *ranks = group && places ? PyObject_CallMethod(mpi.group, "Translate_ranks", "OOO", group, places, mpi.world_group) : NULL;
    int32_t *world = ranks ? malloc((size_t)n * sizeof *world) : NULL;
    for (int i = 0; world && i < n; i++) {
        PyObject *rank = PySequence_GetItem(ranks, i);
        long r = rank ? PyLong_AsLong(rank) : -1;
        Py_XDECREF(rank);
        world[i] = (int32_t)r;
        if (r < 0 || r >= mpi.size || r == mpi.undefined) free(world), world = NULL;
    }
    if (group && PyObject_IsTrue(group) == 1) Py_XDECREF(PyObject_CallMethod(group, "Free", NULL));
    Py_XDECREF(ranks);
    Py_XDECREF(places);
    Py_XDECREF(group);
    PyErr_Clear();
    return world;
}

static uint64_t hash_of(const int32_t *ranks, int n, uint64_t h) {
    for (int i = 0; i < n; i++) h = (h ^ (uint32_t)ranks[i]) * 0x100000001b3u, h ^= h >> 31;
    return h;
}

/* How many communicators of these members this process has made before. */
static uint32_t turn(uint64_t members) {
    static struct Turn {
        struct Turn *next;
        uint64_t members;
        uint32_t made;
    } *turns[BUCKETS];
    struct Turn **at = &turns[members & (BUCKETS - 1)];
    for (struct Turn *t = *at; t; t = t->next)
        if (t->members == members) return ++t->made;
    struct Turn *t = calloc(1, sizeof *t);
    if (!t) return 0;
    *t = (struct Turn){*at, members, 1};
    *at = t;
    return 1;
}

static uint64_t members_of(const Communicator *c) {
    const uint64_t seed = 0xcbf29ce484222325u;
    uint64_t ours = hash_of(c->world, c->size, seed), theirs = c->inter ? hash_of(c->peer_world, c->peers, seed) : 0;
    return ours ^ theirs; /* either side says the same */
}

static void give_key(Communicator *c) {
    if (!c->world || !c->peer_world) return;
    uint64_t members = members_of(c);
    uint32_t n = turn(members);
    if (n) snprintf(c->key, sizeof c->key, "mpi:%s:%016llx.%u", mpi.job, (unsigned long long)members, n);
}

/* ── what is said of one ────────────────────────────────────────────────────────────────────────────────────────── */
void say_members(uint32_t serial, const int32_t *ranks, int n) {
    Line l = line_of("members");
    line_number(&l, "object", serial);
    line_utf8(&l, "group", mpi.job);
    line_list(&l, "ranks");
    for (int i = 0; i < n; i++) {
        char text[16];
        snprintf(text, sizeof text, i ? ",%d" : "%d", ranks[i]);
        line_raw(&l, text);
    }
    line_raw(&l, "]");
    line_send(&l);
}

static void tell_new(Communicator *c) {
    c->serial = next_serial();
    if (*c->key) shared_say(c->serial, c->key);
    if (c->world && !c->inter) say_members(c->serial, c->world, c->size);
    if (*c->name) say_object_name(c->serial, c->name);
    /* the world and a rank by itself are made by no line */
    emit(now(), IL_EV_NEW, IL_OBJ_COMMUNICATOR, c->serial, 0, c->lasting ? 0 : site_here(), (uint32_t)(c->inter ? c->size + c->peers : c->size));
}

static Communicator *learn(PyObject *comm, uint64_t handle) {
    Communicator *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->handle = handle;
    c->last = &c->first;
    c->rank = number_of(comm, "Get_rank"), c->size = number_of(comm, "Get_size");
    c->inter = PyObject_HasAttrString(comm, "Get_remote_size") == 1;
    c->peers = c->inter ? number_of(comm, "Get_remote_size") : c->size;
    c->world = world_ranks(comm, "Get_group", c->size);
    c->peer_world = c->inter ? world_ranks(comm, "Get_remote_group", c->peers) : c->world;
    if (PyErr_Occurred()) return PyErr_Clear(), free(c), NULL;
    communicator_forget(handle);
    Communicator **at = bucket(handle);
    c->next = *at;
    return *at = c;
}

/* ── that will be ────────────────────────────────────────────────────────────────────────────────────────────────── */
/* It has its name among ranks from when all of them began to make it. */
static struct Due {
    struct Due *next;
    uint64_t handle;
    char key[128], name[96];
} *due;

void communicator_due(PyObject *comm, const Communicator *parent) {
    struct Due *d = is_communicator(comm) ? calloc(1, sizeof *d) : NULL;
    if (!d) return;
    Communicator as = *parent;
    *as.key = 0;
    give_key(&as);
    d->handle = handle_of(comm);
    snprintf(d->key, sizeof d->key, "%s", as.key);
    snprintf(d->name, sizeof d->name, "%.80s/dup", parent->name);
    d->next = due, due = d;
}

static void take_due(Communicator *c) {
    for (struct Due **at = &due; *at; at = &(*at)->next)
        if ((*at)->handle == c->handle) {
            struct Due *d = *at;
            snprintf(c->key, sizeof c->key, "%s", d->key);
            snprintf(c->name, sizeof c->name, "%s", d->name);
            *at = d->next;
            free(d);
            return;
        }
}

/* ── finding one ────────────────────────────────────────────────────────────────────────────────────────────────── */
rarely static Communicator *first_seen(PyObject *comm, uint64_t handle) {
    if (handle == mpi.null_comm || !world_known()) return NULL;
    Communicator *c = learn(comm, handle);
    if (!c) return NULL;
    PyObject *self = PyObject_GetAttrString(mpi.module, "COMM_SELF");
    c->lasting = handle == handle_of(mpi.world) || (self && handle == handle_of(self));
    if (handle == handle_of(mpi.world)) {
        snprintf(c->key, sizeof c->key, "mpi:%s:world", mpi.job);
        snprintf(c->name, sizeof c->name, "world");
    } else if (self && handle == handle_of(self)) {
        snprintf(c->key, sizeof c->key, "mpi:%s:self:%d", mpi.job, mpi.rank);
        snprintf(c->name, sizeof c->name, "self");
    } else
        take_due(c);

    Py_XDECREF(self);
    tell_new(c);
    return c;
}

Communicator *communicator_find(PyObject *comm) {
    if (!is_communicator(comm)) return NULL;
    uint64_t handle = handle_of(comm);
    Communicator *c = *bucket(handle);
    while (c && c->handle != handle) c = c->next;
    if (!c && !(c = first_seen(comm, handle))) return NULL;
    last_communicator = (struct LastCommunicator){Py_TYPE(comm), c};
    return c;
}

/* `how` it came from its parent; colour < 0: there is none. */
Communicator *communicator_made(PyObject *comm, Communicator *parent, const char *how, int colour) {
    if (!is_communicator(comm)) return NULL;
    uint64_t handle = handle_of(comm);
    if (handle == mpi.null_comm || !world_known()) return NULL;
    Communicator *c = learn(comm, handle);
    if (!c) return NULL;
    give_key(c);
    const char *from = parent && *parent->name ? parent->name : "";
    if (colour < 0) snprintf(c->name, sizeof c->name, "%s%s%s", from, *from ? "/" : "", how);
    else snprintf(c->name, sizeof c->name, "%s%s%s %d", from, *from ? "/" : "", how, colour);
    tell_new(c);
    return c;
}

/* What is left of it may still be told by requests that are under way: it is not freed. */
void communicator_forget(uint64_t handle) {
    for (Communicator **at = bucket(handle); *at; at = &(*at)->next)
        if ((*at)->handle == handle) {
            *at = (*at)->next;
            break;
        }
    last_communicator.is = NULL;
}
