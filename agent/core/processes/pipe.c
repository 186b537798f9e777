/* What a connection between processes is called, and the numbers of its messages. In comes a Connection, out goes a name
 * for each of its directions that the process at the other end finds too, without a byte added to what travels:
 *
 *   os.pipe()              pipe:<device>:<inode>          both ends have the inode
 *   socketpair             sock:<device>:<inode>          of the writing end; its peer's stands in the page
 *   Listener and Client    auth:<hash>:<direction>        of the random challenge that opens an authenticated connection
 *   … without authkey      tcp:<from>><to>                only the first connection between the two ports
 *
 * Inodes of pipes and sockets count up through all 32 bits before one comes again. What has none of these names (a FIFO, an
 * AF_UNIX connection without authkey, a socket that was handed to another program) is told without numbers: no arrow is
 * better than a wrong one.
 *
 * Number: a counter in the shared page, taken after the message was written or read whole; the locks of a queue make its
 * order the pipe's. A claim is taken before. Claims and numbers differ when somebody was killed in between, failed in the
 * middle, or wrote at the same time without a lock: then the order is not known, and the message has number 0. A writer
 * that is killed while it waits for room has claimed: what others write after it has no number either. A reader
 * that gets ahead of all claims has read what an unrecorded process wrote, and one that finds nothing where something should
 * be has been robbed by one: from there on, 0. Until that is noticed arrows are off by what it did: nothing else can be. */
#define _GNU_SOURCE
#include "pipe.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* How channels use the fields of a slot. `seq` of a pipe has bits; a queue's is what it is elsewhere. */
#define WRITING(s) ((uint32_t *)&(s)->depth)
#define READING(s) (&(s)->spare)
#define PEER(s) (&(s)->cause)
enum { TOLD = 1, OPENED_TO_WRITE = 2, OPENED_TO_READ = 4 };
enum { PIPEFS = 0x50495045, LONGEST_CHALLENGE = 256, BUCKETS = 64 };

typedef struct {
    PyObject *self; /* who it was when it was looked at, without a reference; NULL: not looked at */
    Pipe *out, *in;
    uint32_t site;
    uint16_t flags;
} End;

static End *ends; /* by descriptor */
static int room;
static Pipe *named[BUCKETS];

/* ── pipes ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static Pipe *pipe_private(void) {
    Pipe *p = calloc(1, sizeof *p);
    if (p) *p = (Pipe){.refs = 1, .kind = IL_OBJ_PIPE, .get = IL_WHY_MESSAGE, .put = IL_WHY_MESSAGE};
    return p;
}

static Pipe **bucket_of(const char *key) {
    uint32_t h = 0;
    while (*key) h = h * 31 + (unsigned char)*key++;
    return &named[h % BUCKETS];
}

__thread bool pipes_quiet;

/* A slot of its own says it to all processes. */
static bool is_quiet(const char *key) {
    char mark[160];
    snprintf(mark, sizeof mark, "quiet:%s", key);
    return (pipes_quiet ? shared_find(mark) : shared_known(mark)) != NULL;
}

/* A new reference to the pipe of that name in this process. */
static Pipe *pipe_named(const char *key) {
    Pipe **bucket = bucket_of(key);
    for (Pipe *p = *bucket; p; p = p->next)
        if (strcmp(p->key, key) == 0) return pipe_hold(p);
    Pipe *p = pipe_private();
    if (!p || !(p->shared = shared_find(key))) return p;
    snprintf(p->key, sizeof p->key, "%s", key);
    p->quiet = is_quiet(key);
    p->next = *bucket;
    return *bucket = p;
}

void pipe_drop(Pipe *p) {
    if (!p || --p->refs) return;
    for (Pipe **at = bucket_of(p->key); *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    subject_drop(p->subject);
    free(p);
}

void pipe_tell(Pipe *p, uint16_t flags, uint32_t site, uint32_t arg) {
    if (p->serial) return;
    p->serial = p->subject ? p->subject->serial : next_serial();
    if (p->shared) shared_say(p->serial, p->key);
    if (p->subject) {
        if (p->shared && __atomic_load_n(&p->shared->seq, __ATOMIC_ACQUIRE)) return;
        emit(now(), IL_EV_NEW, p->kind | flags, p->serial, shared_seq(p->shared), site, arg);
    } else if (!p->shared || !(__atomic_fetch_or(&p->shared->seq, TOLD, __ATOMIC_ACQ_REL) & TOLD))
        emit(now(), IL_EV_NEW, p->kind | flags, p->serial, 0, site, arg);
}

bool ready(int fd, short events) {
    struct pollfd p = {fd, events, 0};
    return poll(&p, 1, 0) != 0;
}

/* ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static Turn begin(Shared *s, uint32_t *claims, const uint32_t *count) {
    uint32_t claim = shared_count(claims);
    return (Turn){s, claim, claim == __atomic_load_n(count, __ATOMIC_ACQUIRE) + 1};
}

static uint32_t end(const Turn *t, uint32_t *claims, uint32_t *count) {
    uint32_t number = shared_count(count);
    return t->sure && __atomic_load_n(claims, __ATOMIC_ACQUIRE) == t->claim ? number : 0;
}

Turn send_begin(Pipe *p) { return p->shared ? begin(p->shared, WRITING(p->shared), &p->shared->sent) : (Turn){0}; }
uint32_t send_end(const Turn *t) { return t->shared ? end(t, WRITING(t->shared), &t->shared->sent) : 0; }
void send_undo(const Turn *t) {
    if (t->shared) __atomic_sub_fetch(WRITING(t->shared), 1, __ATOMIC_ACQ_REL);
}

Turn receive_begin(Pipe *p) { return p->shared ? begin(p->shared, READING(p->shared), &p->shared->received) : (Turn){0}; }

uint32_t receive_end(const Turn *t) {
    Shared *s = t->shared;
    uint32_t number = s ? end(t, READING(s), &s->received) : 0;
    if (!number || (int32_t)(__atomic_load_n(WRITING(s), __ATOMIC_ACQUIRE) - number) >= 0) return number;
    shared_count(READING(s)); /* a claim that nobody ends */
    return 0;
}

void receive_nothing(Pipe *p, int fd) {
    Shared *s = p->shared;
    if (!s || (strncmp(p->key, "pipe:", 5) && strncmp(p->key, "sock:", 5))) return; /* others may be under way a while */
    uint32_t received = __atomic_load_n(&s->received, __ATOMIC_ACQUIRE);
    uint32_t claims = __atomic_load_n(READING(s), __ATOMIC_ACQUIRE);
    uint32_t sent = __atomic_load_n(&s->sent, __ATOMIC_ACQUIRE);
    bool none = (int32_t)(sent - received) <= 0; /* one that was read need not be counted by its writer yet */
    if (none || claims != received || ready(fd, POLLIN)) return;
    if (__atomic_load_n(READING(s), __ATOMIC_ACQUIRE) == claims) shared_count(READING(s));
}

/* ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void inode_key(char *key, size_t size, const char *kind, dev_t device, uint64_t inode) {
    snprintf(key, size, "%s:%llx:%llu", kind, (unsigned long long)device, (unsigned long long)inode);
}

static void take(End *e, Pipe *out, Pipe *in) {
    pipe_drop(e->out), pipe_drop(e->in);
    e->out = out, e->in = in;
}

/* What descriptor and inode alone say; nothing for a socket that is not of a pair. */
static void look(End *e, int fd) {
    char key[80];
    struct stat s;
    struct statfs f;
    take(e, NULL, NULL);
    if (fstat(fd, &s) < 0) return;
    if (S_ISFIFO(s.st_mode) && fstatfs(fd, &f) == 0 && f.f_type == PIPEFS) {
        inode_key(key, sizeof key, "pipe", s.st_dev, s.st_ino);
        return take(e, pipe_named(key), pipe_named(key));
    }
    if (!S_ISSOCK(s.st_mode)) return take(e, pipe_private(), pipe_private());
    inode_key(key, sizeof key, "sock", s.st_dev, s.st_ino);
    Shared *mine = shared_known(key);
    uint32_t peer = mine ? __atomic_load_n(PEER(mine), __ATOMIC_ACQUIRE) : 0;
    if (!peer) return;
    Pipe *out = pipe_named(key);
    inode_key(key, sizeof key, "sock", s.st_dev, peer);
    take(e, out, pipe_named(key));
}

static End *end_at(int fd) {
    if (fd >= room) {
        int more = fd < 32 ? 64 : fd * 2;
        End *bigger = realloc(ends, (size_t)more * sizeof *bigger);
        if (!bigger) return NULL;
        memset(bigger + room, 0, (size_t)(more - room) * sizeof *bigger);
        ends = bigger, room = more;
    }
    return &ends[fd];
}

static int descriptor(PyObject *connection) {
    static PyObject *s_handle;
    if (!s_handle) s_handle = PyUnicode_InternFromString("_handle");
    PyObject *handle = PyObject_GetAttr(connection, s_handle);
    long fd = handle && PyLong_Check(handle) ? PyLong_AsLong(handle) : -1;
    Py_XDECREF(handle);
    PyErr_Clear();
    return fd < 0 || fd > INT32_MAX / 2 ? -1 : (int)fd;
}

Ends ends_of(PyObject *connection) {
    int fd = descriptor(connection);
    End *e = fd < 0 ? NULL : end_at(fd);
    if (!e) return (Ends){-1, NULL, NULL};
    if (unlikely(e->self != connection)) {
        e->self = connection, e->site = 0, e->flags = IL_FLAG_INTERNAL;
        look(e, fd);
    }
    return (Ends){fd, e->out, e->in};
}

void ends_forget(PyObject *connection) {
    int fd = descriptor(connection);
    End *e = fd < 0 ? NULL : end_at(fd);
    if (!e) return;
    Site here = site_find(2); /* through Pipe, Client or accept, and the context's Pipe */
    e->site = here.own ? here.id : site_find(ANY_CALLS).id;
    e->flags = here.own ? internal_flag(here) : IL_FLAG_INTERNAL;
    e->self = connection;
    look(e, fd);
}

void pipe_tell_end(PyObject *connection, Pipe *p) {
    if (p->serial || p->quiet) return;
    int fd = descriptor(connection);
    if (fd >= 0 && fd < room) pipe_tell(p, ends[fd].flags, ends[fd].site, 0);
}

void ends_wait_for(PyObject *connection, uint32_t pool) {
    Ends e = ends_of(connection);
    if (e.in && e.in->quiet) e.in->pool = pool, e.in->get = IL_WHY_QUEUE_GET;
    if (e.out && e.out->quiet) e.out->pool = pool, e.out->put = IL_WHY_QUEUE_PUT;
}

void ends_pair(PyObject *a, PyObject *b) {
    int fds[2] = {descriptor(a), descriptor(b)};
    struct stat s[2];
    for (int i = 0; i < 2; i++)
        if (fds[i] < 0 || fstat(fds[i], &s[i]) < 0 || !S_ISSOCK(s[i].st_mode) || s[i].st_ino > UINT32_MAX) return;
    for (int i = 0; i < 2; i++) {
        char key[80];
        inode_key(key, sizeof key, "sock", s[i].st_dev, s[i].st_ino);
        Shared *slot = shared_find(key);
        if (slot) __atomic_store_n(PEER(slot), (uint32_t)s[1 - i].st_ino, __ATOMIC_RELEASE);
    }
    for (int i = 0; i < 2; i++) look(&ends[fds[i]], fds[i]); /* both have been made: they have their place */
}

/* ── sockets that were accepted and connected ───────────────────────────────────────────────────────────────────── */
static uint64_t hash(const unsigned char *bytes, Py_ssize_t n, uint64_t h) {
    while (n-- > 0) h = (h ^ *bytes++) * 0x100000001b3u, h ^= h >> 29;
    return h;
}

static bool by_challenge(End *e, PyObject *message, Py_ssize_t size, bool outwards) {
    static const char mark[] = "#CHALLENGE#";
    PyObject *whole = size >= 20 && size <= LONGEST_CHALLENGE ? PyBytes_FromObject(message) : NULL;
    PyErr_Clear();
    if (!whole) return false;
    const unsigned char *bytes = (const unsigned char *)PyBytes_AsString(whole);
    bool is = memcmp(bytes, mark, sizeof mark - 1) == 0;
    uint64_t h[2] = {hash(bytes, size, 0xcbf29ce484222325u), hash(bytes, size, 0x9e3779b97f4a7c15u)};
    Py_DECREF(whole);
    for (int answer = 0; is && answer < 2; answer++) {
        char key[80];
        snprintf(key, sizeof key, "auth:%016llx%016llx:%d", (unsigned long long)h[0], (unsigned long long)h[1], answer);
        *(outwards != answer ? &e->out : &e->in) = pipe_named(key);
    }
    return is;
}

/* "127.0.0.1:4711"; false: not of that family */
static bool address_text(char *to, size_t size, const struct sockaddr_storage *a) {
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *four = (const void *)a;
    const struct sockaddr_in6 *six = (const void *)a;
    if (a->ss_family != AF_INET && a->ss_family != AF_INET6) return false;
    bool old = a->ss_family == AF_INET;
    if (!inet_ntop(a->ss_family, old ? (const void *)&four->sin_addr : &six->sin6_addr, host, sizeof host)) return false;
    snprintf(to, size, "%s:%u", host, ntohs(old ? four->sin_port : six->sin6_port));
    return true;
}

/* A pair of ports comes again, sooner or later: then neither end of the later connection has a name. */
static Pipe *pipe_once(const char *from, const char *to, uint32_t opened) {
    char key[152];
    snprintf(key, sizeof key, "tcp:%s>%s", from, to);
    Shared *s = shared_find(key);
    bool again = !s || __atomic_fetch_or(&s->seq, opened, __ATOMIC_ACQ_REL) & opened;
    return again ? pipe_private() : pipe_named(key);
}

static bool by_address(End *e, int fd) {
    struct sockaddr_storage us, them;
    socklen_t n = sizeof us, m = sizeof them;
    char here[64], there[64];
    if (getsockname(fd, (void *)&us, &n) < 0 || getpeername(fd, (void *)&them, &m) < 0) return false;
    if (!address_text(here, sizeof here, &us) || !address_text(there, sizeof there, &them)) return false;
    e->out = pipe_once(here, there, OPENED_TO_WRITE), e->in = pipe_once(there, here, OPENED_TO_READ);
    return true;
}

Ends ends_decide(PyObject *connection, PyObject *message, Py_ssize_t size, bool outwards) {
    Ends at = ends_of(connection);
    if (at.fd < 0 || at.out) return at;
    End *e = &ends[at.fd];
    take(e, NULL, NULL);
    if (!by_challenge(e, message, size, outwards) && !by_address(e, at.fd)) e->out = pipe_private(), e->in = pipe_private();
    return (Ends){at.fd, e->out, e->in};
}
