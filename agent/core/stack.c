/* Stacks, each said once: in come the sites of a stack, innermost first, out goes its id. Known by a hash of its sites; two
 * stacks of one hash would be taken for one, which 64 bits make unlikely enough. */
#include "core.h"
#include <stdio.h>
#include <stdlib.h>

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

uint32_t stack_said(const uint32_t *sites, uint32_t n) {
    uint64_t hash = n;
    for (uint32_t i = 0; i < n; i++) hash = (hash ^ sites[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
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
