/* The record of an event, and how it comes into the event file (channel.c). Included by core.h, which has what it needs. */
#ifndef INTERLEAVE_CHANNEL_H
#define INTERLEAVE_CHANNEL_H

/* ── the record, as wire/record.ts draws it ─────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint64_t time;
    uint32_t thread, object, seq, site;
    uint16_t kind, flags;
    uint32_t arg;
} Record;

/* ── threads that write, and the file ────────────────────────────────────────────────────────────────────────────── */

/* One system thread that has emitted. `next` walks through its chunk; `left` records still fit. */
typedef struct Thread {
    Record *next;
    uint32_t *committed;
    uint32_t left;
    uint32_t serial;
    unsigned long ident; /* as threading.get_ident() says it */
    uint32_t seq;      /* of the thread as an object */
    uint32_t lost;     /* records that could not be written since the last that could */
    bool owner;        /* nobody else has written to its chunk */
    bool begun, ended; /* threadBegin, threadEnd are written */
    bool raised;       /* an exception that nobody caught */
    uint32_t refusing; /* serial of the queue whose wait just timed out: its Full or Empty is not a refusal */
    uint32_t task;     /* serial of the asyncio task whose step it runs, 0 = none */
    uint32_t inside;   /* so many waits are told to which what the library does inside belongs: part_of_wait */
} Thread;

extern __thread Thread *thread_me __attribute__((tls_model("initial-exec")));
Thread *thread_begin(uint32_t serial, uint32_t seq); /* on the new thread itself; `seq` events on it went before */
rarely Thread *thread_first_seen(void);              /* a thread that C code started emits for the first time */
/* For a record of that time; false: it cannot be written, counted as lost. */
rarely bool channel_refill(Thread *t, uint64_t time);
uint32_t thread_of_system(uint32_t tid); /* its serial, 0 = nothing was heard of it */
void thread_show(void);          /* in a forked child: it has a file from now on, whatever it does */

static inline Thread *thread_here(void) {
    Thread *t = thread_me;
    return likely(t != NULL) ? t : thread_first_seen();
}

/* The one way an event is written, into the chunk of the thread `t`, which has room. The record is whole before `committed`
 * counts it, with `mark` (0 or IL_UNDER_WAY) at once. Times in a chunk never go back.
 *
 * Nobody has written to the line of memory that comes next: it is fetched ahead, for a store that waits for its line keeps all
 * later ones waiting, the program's and MPI's among them. */
static inline Record *write_record(Thread *t, Record record, uint32_t mark) {
    Record *at = t->next++;
    *at = record;
    __builtin_prefetch(at + 2, 1);
    t->left--;
    __atomic_store_n(t->committed, (IL_RECORDS_PER_CHUNK - t->left) | mark, __ATOMIC_RELEASE);
    return at;
}

/* About an actor: the thread `t` or a task. errno stays what it was. */
static inline void emit_of(Thread *t, uint32_t actor, uint64_t time, uint32_t kind, uint32_t flags, uint32_t object,
                           uint32_t seq, uint32_t site, uint32_t arg) {
    if (unlikely(t->left == 0) && !channel_refill(t, time)) return;
    write_record(t, (Record){time, actor, object, seq, site, (uint16_t)kind, (uint16_t)flags, arg}, 0);
}

static inline void emit(uint64_t time, uint32_t kind, uint32_t flags, uint32_t object, uint32_t seq, uint32_t site,
                        uint32_t arg) {
    Thread *t = thread_here();
    emit_of(t, t->serial, time, kind, flags, object, seq, site, arg);
}

/* Who acts here: the task whose step this thread runs, else the thread. */
static inline uint32_t actor_here(void) {
    Thread *t = thread_here();
    return t->task ? t->task : t->serial;
}

bool channel_start(const char *folder); /* at install: false when the folder cannot be written to */
void channel_mark(void);                /* the process line is written: readers may come */
void channel_end(void);                 /* the process says good-bye; nothing when its fork has said nothing */
void channel_go_on(void);               /* it has not ended after all */
void channel_give_back(Thread *t);      /* the thread is over: the rest of its chunk goes to the next new one */
void channel_unseen(uint32_t count);
void channel_lost(uint32_t count);
void channel_listened(uint64_t ns); /* that a library's listeners took */
const char *channel_folder(void); /* of the run */
uint32_t next_serial(void); /* objects and threads count together */
/* Adds `bytes` at `from` to a file (`create`: flags of open) and maps them. NULL: the disk is full, or the folder has gone. */
void *map_more(const char *path, off_t from, size_t bytes, int create);
bool channel_ready(void);   /* opens the pair of a forked child at its first use; false when there is none */
#endif
