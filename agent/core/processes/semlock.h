/* The semaphore under every lock of multiprocessing (semlock.c), as synchronize.c speaks of it. */
#ifndef INTERLEAVE_SEMLOCK_H
#define INTERLEAVE_SEMLOCK_H
#include "core.h"
#include <semaphore.h>

/* What we keep behind the native object's own fields, which stay as they were made. */
typedef struct {
    sem_t *sem;
    unsigned long ident;  /* of the thread that took it last, as threading.get_ident() says it */
    int count, maxvalue;  /* count: taken less given back, by this process */
    bool recursive;
    bool came;            /* another process made it */
    uint8_t role;         /* WAITER: Condition.wait blocks on it */
    uint16_t kind, why;   /* VISIBLE: the object's kind; else the reason to wait */
    uint32_t serial;      /* VISIBLE */
    uint32_t owner, taken; /* the thread that took it last, and the seq of that … */
    uint32_t taken_forks;  /* … in which process */
    Shared *shared;       /* VISIBLE */
    Subject *subject;
    char *key;            /* NULL: it has no name that another process could know it by */
} Semlock;

Semlock *semlock_of(PyObject *lock); /* of multiprocessing's, or of the native type's; NULL: neither */
bool semlock_is_mine(const Semlock *s);
int semlock_value(const Semlock *s);
void semlock_show(Semlock *s, uint16_t kind, Site site, uint32_t arg); /* it is the program's: tells `new` */
void semlock_came(Semlock *s);                       /* it was made by another process, which may have shown it */
void semlock_make_waiter(Semlock *s, Subject *subject);
Subject *semlock_subject(PyObject *condition); /* of what multiprocessing's Condition speaks for; borrowed */

static inline bool is_semaphore(const Semlock *s) { return s->kind == IL_OBJ_SEMAPHORE || s->kind == IL_OBJ_BOUNDED_SEMAPHORE; }

/* What being kept waiting means, as in lock.c. object 0: nothing is told. */
typedef struct {
    uint32_t object, why, holder;
} SemlockKept;
SemlockKept semlock_kept(const Semlock *s);

/* Where the counters stood before it was tried for. */
typedef struct {
    uint32_t seq, releases;
} SemlockBefore;
uint32_t semlock_cause(const Semlock *s, SemlockBefore before, uint32_t seq);
void semlock_tell_acquire(Semlock *s, uint64_t time, uint32_t flags, uint32_t seq, uint32_t site);
void semlock_tell_release(Semlock *s);

/* The condition's wait() reads here, while it has its lock, what the last event was that let a waiter go. */
extern __thread uint32_t waiter_came;
#endif
