/* What a semaphore of multiprocessing tells, and whose it is (semlock.c has what it does).
 *
 * It is silent until synchronize.c, or a queue, says whom it speaks for. Who makes it visible puts its kind into the shared
 * slot, and there a process finds it to which only the name came. */
#include "semlock.h"

__thread uint32_t waiter_came;

/* ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────── */
static void be_visible(Semlock *s, uint16_t kind) {
    s->role = VISIBLE;
    s->kind = kind;
    s->serial = next_serial();
    s->shared = shared_find(s->key);
    shared_say(s->serial, s->key);
}

void semlock_show(Semlock *s, uint16_t kind, Site site, uint32_t arg) {
    if (!s || s->role != SILENT || s->came || !s->key) return;
    be_visible(s, kind);
    if (s->shared) s->shared->kind = kind;
    emit(now(), IL_EV_NEW, kind | internal_flag(site), s->serial, shared_seq(s->shared), site.id, arg);
}

static uint16_t why_of(uint16_t kind) {
    return kind == IL_OBJ_CONDITION ? IL_WHY_CONDITION : kind == IL_OBJ_EVENT ? IL_WHY_EVENT : IL_WHY_BARRIER;
}

void semlock_make_waiter(Semlock *s, Subject *subject) {
    subject_drop(s->subject);
    s->subject = subject_hold(subject);
    s->role = WAITER;
    s->why = why_of(subject->kind);
}

void semlock_came(Semlock *s) {
    if (!s || !s->key) return;
    Shared *shared = shared_find(s->key);
    s->came = true;
    switch (shared ? shared->kind : 0) {
    case 0: return;
    case IL_OBJ_LOCK:
    case IL_OBJ_RLOCK:
    case IL_OBJ_SEMAPHORE:
    case IL_OBJ_BOUNDED_SEMAPHORE: be_visible(s, (uint16_t)shared->kind); return;
    }
    Subject *subject = subject_shared((uint16_t)shared->kind, s->key);
    if (subject) semlock_make_waiter(s, subject);
    subject_drop(subject);
}

void semlock_speak_for(PyObject *lock, Subject *subject, uint16_t why) {
    Semlock *s = semlock_of(lock);
    if (!s || s->role == VISIBLE || s->role == WAITER) return;
    subject_drop(s->subject);
    s->subject = subject_hold(subject);
    s->role = INNER;
    s->why = why;
}

/* ── what it tells ──────────────────────────────────────────────────────────────────────────────────────────────── */
/* Nothing has happened to it since this process took it: the thread that did still holds it. */
static bool held_since_taken(const Semlock *s) {
    return s->owner && s->taken_forks == forks && s->shared && s->shared->seq == s->taken;
}

SemlockKept semlock_kept(const Semlock *s) {
    if (s->role == VISIBLE && is_semaphore(s)) return (SemlockKept){s->serial, IL_WHY_SEMAPHORE, 0};
    if (s->role == VISIBLE) return (SemlockKept){s->serial, IL_WHY_LOCK, held_since_taken(s) ? s->owner : 0};
    return s->role == SILENT ? (SemlockKept){0} : (SemlockKept){s->subject->serial, s->why, 0};
}

/* The release that let us in, when that is certain: the only one since we came, or the one right before our acquire. */
uint32_t semlock_cause(const Semlock *s, SemlockBefore before, uint32_t seq) {
    if (s->role == WAITER) {
        uint32_t cause = s->subject->shared ? s->subject->shared->cause : 0;
        return cause != waiter_came ? cause : 0;
    }
    if (s->role != VISIBLE || !s->shared) return 0;
    uint32_t cause = s->shared->cause;
    bool certain = is_semaphore(s) ? s->shared->sent - before.releases == 1 : cause + 1 == seq;
    return certain && cause > before.seq ? cause : 0;
}

void semlock_tell_acquire(Semlock *s, uint64_t time, uint32_t flags, uint32_t seq, uint32_t site) {
    s->owner = thread_here()->serial;
    s->taken = seq;
    s->taken_forks = forks;
    emit(time, IL_EV_ACQUIRE, flags, s->serial, seq, site, s->recursive ? (uint32_t)s->count : 0);
}

void semlock_tell_release(Semlock *s) {
    uint32_t arg = s->recursive ? (uint32_t)s->count - 1 : is_semaphore(s) ? 1 : 0;
    bool foreign = !s->recursive && !is_semaphore(s) && !(held_since_taken(s) && s->owner == thread_here()->serial);
    uint32_t seq = shared_seq(s->shared);
    if (s->shared && !(s->recursive && arg)) s->shared->cause = seq;
    if (s->shared && is_semaphore(s)) shared_count(&s->shared->sent); /* releases */
    emit(now(), IL_EV_RELEASE, foreign ? IL_FLAG_FOREIGN : 0, s->serial, seq, 0, arg);
}
