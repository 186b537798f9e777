/* The event file of this process: in come records, out goes the file that wire/record.ts draws.
 *
 * A thread writes to a chunk that is its own; a chunk is taken and given back under `desk`, everything else is free of
 * locks and system calls. The file grows by segments: reserved on the disk first (posix_fallocate), mapped after, so a
 * full disk is an error here and never a SIGBUS there. No descriptor is kept: programs that close all of theirs, or
 * count them, see nothing.
 *
 *   parent  ──fork──┬── goes on in its own file
 *   child           └── …silent…  first event: new pair of files, `forkOf` names the parent's; the old mapping goes.
 *                       The thread that forked begins there with the time of the fork
 */
#include "core.h"
#include "gil.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(Record) == IL_RECORD_BYTES, "record size");
_Static_assert(offsetof(Record, time) == IL_FIELD_TIME && offsetof(Record, thread) == IL_FIELD_THREAD, "record");
_Static_assert(offsetof(Record, object) == IL_FIELD_OBJECT && offsetof(Record, seq) == IL_FIELD_SEQ, "record");
_Static_assert(offsetof(Record, site) == IL_FIELD_SITE && offsetof(Record, kind) == IL_FIELD_KIND, "record");
_Static_assert(offsetof(Record, flags) == IL_FIELD_FLAGS && offsetof(Record, arg) == IL_FIELD_ARG, "record");

enum { FIRST_SEGMENT = 4, LARGEST_SEGMENT = 4 << 20, RETRY_NS = 10000000, AHEAD = 128 << 10 };

typedef struct Segment {
    unsigned char *start;
    uint32_t chunks;
    struct Segment *before;
} Segment;

typedef struct Partial { /* a chunk whose thread is over */
    Record *next;
    uint32_t *committed, left;
    struct Partial *below;
} Partial;

static struct {
    enum { CLOSED, OPEN, FORKED, FAILED } state;
    char folder[PATH_MAX], name[64], parent[64];
    unsigned char *header;
    Segment *segments;
    uint32_t used; /* chunks of the newest segment that are handed out */
    off_t ready;   /* up to here its pages are there */
    Partial *partials;
    uint64_t refused_at; /* when the disk last said no */
    uint64_t forked_at;  /* when this process began, unless it is the first */
} file;
static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t at_thread_exit;
static uint32_t serials;
__thread Thread *thread_me;

#define HEADER(type, field) (*(type *)(file.header + IL_HEADER_##field))

uint32_t next_serial(void) { return __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED); } /* devices' writers have no GIL */
const char *channel_folder(void) { return file.folder; }

static void file_path(char *path, const char *suffix) {
    snprintf(path, PATH_MAX, "%s/%s.%s", file.folder, file.name, suffix);
}

void *map_more(const char *path, off_t from, size_t bytes, int create) {
    int fd = open(path, O_RDWR | O_CLOEXEC | create, 0600);
    if (fd < 0) return NULL;
    void *memory = MAP_FAILED;
    if ((errno = posix_fallocate(fd, from, (off_t)bytes)) == 0)
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, from);
    int error = errno;
    close(fd);
    errno = error;
    return memory == MAP_FAILED ? NULL : memory;
}

static bool open_pair(void) {
    char path[PATH_MAX];
    for (unsigned n = 0; n < 10000; n++) {
        snprintf(file.name, sizeof file.name, "%d-%u", (int)getpid(), n);
        file_path(path, "events");
        file.header = map_more(path, 0, IL_HEADER_BYTES, O_CREAT | O_EXCL);
        if (file.header || errno != EEXIST) break;
    }
    if (!file.header) return false;
    file_path(path, "names");
    names_in(path);
    HEADER(uint32_t, VERSION) = IL_WIRE_VERSION;
    HEADER(uint32_t, PID) = (uint32_t)getpid();
    HEADER(uint64_t, STARTED) = file.forked_at ? file.forked_at : now();
    return true;
}

static void close_mapping(void) {
    for (Segment *s = file.segments; s;) {
        Segment *before = s->before;
        munmap(s->start, (size_t)s->chunks * IL_CHUNK_BYTES);
        free(s);
        s = before;
    }
    if (file.header) munmap(file.header, IL_HEADER_BYTES);
    file.header = NULL;
    file.segments = NULL;
    file.partials = NULL;
    file.used = 0;
    file.ready = 0;
}

void process_say(const char *fork_of); /* module.c */

bool channel_ready(void) {
    if (likely(file.state == OPEN)) return true;
    if (file.state != FORKED) return false;
    memcpy(file.parent, file.name, sizeof file.parent);
    close_mapping();
    file.state = open_pair() ? OPEN : FAILED;
    if (file.state != OPEN) return false;
    process_say(file.parent);
    channel_mark();
    gil_say_forked();
    return true;
}

/* Nobody is at the desk while the process forks: the child would have a descriptor that it does not know of. */
static void before_fork(void) { pthread_mutex_lock(&desk); }
static void after_fork(void) { pthread_mutex_unlock(&desk); }

static void in_forked_child(void) {
    forks++;
    pthread_mutex_init(&desk, NULL);
    if (file.state != OPEN && file.state != FORKED) return;
    file.state = exec_follows ? FAILED : FORKED; /* what is there only until its exec is not a process of its own */
    file.forked_at = now();
    gil_forked();
    if (thread_me) thread_me->left = thread_me->lost = 0, thread_me->next = NULL, thread_me->begun = false;
}

static bool grow(void) {
    uint32_t chunks = file.segments ? file.segments->chunks * 2 : FIRST_SEGMENT;
    if (chunks > LARGEST_SEGMENT / IL_CHUNK_BYTES) chunks = LARGEST_SEGMENT / IL_CHUNK_BYTES;
    if (file.refused_at && now() - file.refused_at < RETRY_NS) return false;
    off_t from = IL_HEADER_BYTES + (off_t)HEADER(uint32_t, CHUNKS) * IL_CHUNK_BYTES;
    char path[PATH_MAX];
    file_path(path, "events");
    Segment *s = malloc(sizeof *s);
    unsigned char *start = s ? map_more(path, from, (size_t)chunks * IL_CHUNK_BYTES, 0) : NULL;
    if (!start && s && chunks > 1) start = map_more(path, from, (size_t)(chunks = 1) * IL_CHUNK_BYTES, 0);
    file.refused_at = start ? 0 : now();
    if (!start) return free(s), false;
    *s = (Segment){start, chunks, file.segments};
    file.segments = s;
    file.used = 0;
    return true;
}

/* Before a chunk is used, its pages and some behind it are written with zeros and mapped, in few calls: fault by fault each
 * costs three times as much. What fails here is left to those. (Rejected: MADV_HUGEPAGE. 2 MiB at once are cheap where such
 * memory lies ready; where it does not, the program stands still for up to 16 ms.) */
static void make_ready(unsigned char *chunk, off_t at, off_t end) {
    static char zeros[AHEAD + IL_CHUNK_BYTES];
    char path[PATH_MAX];
    if (at + IL_CHUNK_BYTES <= file.ready) return;
    off_t from = file.ready > at ? file.ready : at, to = (at + IL_CHUNK_BYTES + AHEAD - 1) / AHEAD * AHEAD;
    file.ready = to = to < end ? to : end;
    file_path(path, "events");
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct statfs about; /* in tmpfs what is reserved is there already */
    bool writes = fd >= 0 && fstatfs(fd, &about) == 0 && about.f_type != TMPFS_MAGIC;
    ssize_t wrote = writes ? pwrite(fd, zeros, (size_t)(to - from), from) : 0;
    (void)wrote;
    if (fd >= 0) close(fd);
#ifdef MADV_POPULATE_WRITE
    madvise(chunk + (from - at), (size_t)(to - from), MADV_POPULATE_WRITE);
#endif
}

/* A chunk whose last record is not later than `time`. Few are looked at: those on top are the last, and the fullest. */
static Partial *take_partial(uint64_t time) {
    int looks = 8;
    for (Partial **p = &file.partials; *p && looks--; p = &(*p)->below) {
        if ((*p)->next[-1].time > time) continue;
        Partial *taken = *p;
        *p = taken->below;
        return taken;
    }
    return NULL;
}

static bool take_chunk(Thread *t, uint64_t time) {
    bool got = true;
    pthread_mutex_lock(&desk);
    Partial *p = take_partial(time);
    if (p) {
        t->next = p->next, t->committed = p->committed, t->left = p->left, t->owner = false;
        free(p);
    } else if ((file.segments && file.used < file.segments->chunks) || (got = grow())) {
        unsigned char *chunk = file.segments->start + (size_t)file.used * IL_CHUNK_BYTES;
        off_t at = IL_HEADER_BYTES + (off_t)HEADER(uint32_t, CHUNKS) * IL_CHUNK_BYTES;
        make_ready(chunk, at, at + (off_t)(file.segments->chunks - file.used++) * IL_CHUNK_BYTES);
        t->committed = (uint32_t *)chunk;
        t->committed[1] = t->serial, t->owner = true;
        __atomic_add_fetch(&HEADER(uint32_t, CHUNKS), 1, __ATOMIC_RELEASE);
        t->next = (Record *)(chunk + IL_CHUNK_HEADER_BYTES);
        t->left = IL_RECORDS_PER_CHUNK;
    }
    pthread_mutex_unlock(&desk);
    return got;
}

/* Who a system thread is: the last one of that number that began here. Two whose numbers share a place are the later one's. */
static struct {
    uint32_t tid, serial;
} met[4096];
static uint32_t meet(uint32_t serial) {
    uint32_t tid = (uint32_t)syscall(SYS_gettid);
    met[tid % 4096].tid = tid, met[tid % 4096].serial = serial;
    return tid;
}
uint32_t thread_of_system(uint32_t tid) { return met[tid % 4096].tid == tid ? met[tid % 4096].serial : 0; }

static void begin_in_child(Thread *t) {
    t->begun = true;
    emit_of(t, t->serial, file.forked_at, IL_EV_THREAD_BEGIN, 0, t->serial, ++t->seq, 0, meet(t->serial));
}

void thread_show(void) {
    Thread *t = thread_here();
    if (!t->begun && t->left == 0) channel_refill(t, now());
}

static bool refill(Thread *t, uint64_t time) {
    if (!channel_ready()) return false;
    if (t->left) return true; /* the new file of a forked child has begun with the GIL */
    if (!take_chunk(t, time)) {
        t->lost++;
        __atomic_add_fetch(&HEADER(uint64_t, LOST), 1, __ATOMIC_RELAXED);
        return false;
    }
    if (!t->begun) begin_in_child(t);
    uint32_t lost = t->lost;
    t->lost = 0;
    if (lost) emit_of(t, t->serial, time, IL_EV_LOST, 0, 0, 0, 0, lost);
    return t->left || refill(t, time); /* the rest of another thread's chunk may have had room for no more */
}

bool channel_refill(Thread *t, uint64_t time) {
    int before = errno;
    bool room = refill(t, time);
    errno = before;
    return room;
}

void channel_give_back(Thread *t) {
    if (file.state != OPEN || !t->left) return;
    Partial *p = malloc(sizeof *p);
    if (!p) return;
    pthread_mutex_lock(&desk);
    *p = (Partial){t->next, t->committed, t->left, file.partials};
    file.partials = p;
    pthread_mutex_unlock(&desk);
    t->left = 0;
}

static void thread_over(void *t) {
    Thread *me = t;
    gil_tell();
    if (file.state == OPEN && me->begun && !me->ended)
        emit(now(), IL_EV_THREAD_END, IL_OUTCOME_DONE, me->serial, ++me->seq, 0, 0);
    thread_me = NULL;
    channel_give_back(me);
    free(me);
}

Thread *thread_begin(uint32_t serial, uint32_t seq) {
    static Thread nobody; /* no memory: everything is lost, the program goes on */
    Thread *t = calloc(1, sizeof *t);
    if (!t) return &nobody;
    t->serial = serial, t->seq = seq, t->begun = true;
    t->ident = PyThread_get_thread_ident();
    thread_me = t;
    pthread_setspecific(at_thread_exit, t);
    emit(gil_first(now()), IL_EV_THREAD_BEGIN, 0, serial, ++t->seq, 0, meet(serial));
    gil_tell();
    return t;
}

Thread *thread_first_seen(void) {
    int before = errno;
    Thread *t = thread_begin(next_serial(), 0);
    errno = before;
    return t;
}

bool channel_start(const char *folder) {
    if (strlen(folder) >= sizeof file.folder - 100) return false;
    strcpy(file.folder, folder);
    if (pthread_key_create(&at_thread_exit, thread_over)) return false;
    if (!open_pair()) return false;
    pthread_atfork(before_fork, after_fork, in_forked_child);
    file.state = OPEN;
    return true;
}

/* Whoever sees the mark finds the process line in the side file. */
void channel_mark(void) { __atomic_store_n(&HEADER(uint32_t, MAGIC), IL_MAGIC, __ATOMIC_RELEASE); }

void channel_unseen(uint32_t count) {
    if (file.state == OPEN) HEADER(uint32_t, UNSEEN) = count;
}

/* What a library's own recorder could not tell us is as lost as what we cannot write. */
void channel_lost(uint32_t count) {
    if (file.state == OPEN) __atomic_add_fetch(&HEADER(uint64_t, LOST), count, __ATOMIC_RELAXED);
}

/* Under the GIL. */
void channel_listened(uint64_t ns) {
    if (file.state == OPEN) HEADER(uint64_t, LISTENED) += ns;
}

void channel_end(void) {
    if (file.state != OPEN || HEADER(uint32_t, PID) != (uint32_t)getpid()) return;
    HEADER(uint64_t, ENDED_AT) = now();
    __atomic_store_n(&HEADER(uint32_t, ENDED), 1, __ATOMIC_RELEASE);
}

void channel_go_on(void) {
    if (file.state == OPEN) __atomic_store_n(&HEADER(uint32_t, ENDED), 0, __ATOMIC_RELEASE);
}
