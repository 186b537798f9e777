/* The stack of a wait, told when it begins: who waits for ever can say it at no other time. In comes the running thread's
 * chain of frames, out goes the number of its stack, which the side file has once, and the line where it ends.
 *
 *   frames ─ hash of their instructions ─→ met before: its number         a few ns a frame
 *                                     └ new: the sites of the program's lines, innermost first ─ hash ─→ number
 *
 * Two stacks of one hash would be taken for one, which 64 bits make unlikely enough. Stacks that differ only in the
 * library's frames have one number. (Rejected: the stack when a long wait is over. Those of a deadlock never are.) */
#include "frames.h"
#include <stdio.h>
#include <stdlib.h>

enum { LIBRARY = 32, MET = 1 << 12 };

static uint32_t depth, most_frames;

/* ── stacks that have been said ─────────────────────────────────────────────────────────────────────────────────── */
static struct Stack {
    uint64_t hash;
    uint32_t id;
} *stacks;
static uint32_t stacks_room, stacks_filled;

static struct Stack *stack_slot(struct Stack *table, uint32_t size, uint64_t hash) {
    uint32_t i = (uint32_t)(hash >> 32) & (size - 1);
    while (table[i].id && table[i].hash != hash) i = (i + 1) & (size - 1);
    return &table[i];
}

static bool stacks_grow(void) {
    uint32_t size = stacks_room ? stacks_room * 2 : 256;
    struct Stack *bigger = calloc(size, sizeof *bigger);
    if (!bigger) return false;
    for (uint32_t i = 0; i < stacks_room; i++)
        if (stacks[i].id) *stack_slot(bigger, size, stacks[i].hash) = stacks[i];
    free(stacks);
    stacks = bigger, stacks_room = size;
    return true;
}

static const uint64_t spread = 0x9e3779b97f4a7c15u;
static inline uint64_t mixed(uint64_t hash, uint64_t more) {
    hash = (hash ^ more) * spread;
    return hash ^ hash >> 29;
}

static uint32_t stack_said(const uint32_t *sites, uint32_t n) {
    uint64_t hash = n;
    for (uint32_t i = 0; i < n; i++) hash = mixed(hash, sites[i]);
    if (stacks_filled * 2 >= stacks_room && !stacks_grow()) return 0;
    struct Stack *s = stack_slot(stacks, stacks_room, hash);
    if (s->id) return s->id;
    *s = (struct Stack){hash, ++stacks_filled};
    Line l = line_of("stack");
    line_number(&l, "id", s->id);
    line_raw(&l, ",\"sites\":[");
    for (uint32_t i = 0; i < n; i++) {
        char text[16];
        snprintf(text, sizeof text, i ? ",%u" : "%u", sites[i]);
        line_raw(&l, text);
    }
    line_raw(&l, "]");
    uint32_t id = s->id;
    line_send(&l);
    return id;
}

uint32_t stack_of(const Calls *c) {
    uint32_t sites[STACK_DEEPEST], n = 0;
    while (n < depth && n < c->n) sites[n] = c->sites[(c->n - 1 - n) % STACK_DEEPEST], n++;
    return n ? stack_said(sites, n) : 0;
}

/* ── chains of frames that have been met ────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint64_t hash;
    Whereabouts at;
} Met;
static Met met[MET];

/* sites.c gives each frame's line; `lasting`: it will be the same whenever these instructions are met again. */
static Met read_frames(bool *lasting) {
    uint32_t sites[STACK_DEEPEST], n = 0, frames = 0;
    int up = 0;
    bool loop = false, from_loop = false;
    *lasting = true;
    for (Frame f = frame_top(); f && n < depth && frames < most_frames; f = frame_previous(f), frames++) {
        *lasting &= site_of_frame(f, &up, &sites[n], &loop);
        from_loop |= loop && !n; /* a line beyond did not lead here (site.c) */
        n += sites[n] != 0;
    }
    if (from_loop) return (Met){0};
    if (n) return (Met){.at = {sites[0], stack_said(sites, n)}};
    *lasting = false; /* the line lies further out than these frames */
    return (Met){.at.site = site_here()};
}

void stacks_start(uint32_t frames) {
    depth = frames > STACK_DEEPEST ? STACK_DEEPEST : frames;
    most_frames = depth && sites_fast ? 2 * depth + LIBRARY : 0;
}

rarely static const Met *meet(uint64_t hash) {
    Met *m = &met[(hash >> 32) & (MET - 1)];
    bool lasting;
    Met found = read_frames(&lasting);
    found.hash = lasting ? hash : 0;
    *m = found;
    return m;
}

rarely static Whereabouts only_site(void) {
    uint32_t site = site_here();
    return (Whereabouts){site ? site : site_find(ANY_CALLS).id, 0}; /* where only the slow API serves, waits at least have their line */
}

often Whereabouts stack_here(void) {
    if (unlikely(!most_frames)) return only_site();
    uint64_t hash = 0;
    uint32_t frames = most_frames;
    for (Frame f = frame_top(); f && frames; f = frame_previous(f), frames--)
        hash = (hash ^ frame_instruction(f)) * spread + frame_code(f);
    const Met *m = &met[(hash >> 32) & (MET - 1)];
    if (unlikely(m->hash != hash || !hash)) m = meet(hash);
    return m->at;
}
