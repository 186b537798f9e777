/* Works: in comes a kernel with the sizes that it is launched with, out goes the number by which `enqueue` cites it; the side
 * file has each once. A program that launches with ever new sizes has those of the first ones only: a line of the side file
 * costs more than a launch. A kernel is asked by one thread at a time; different ones may be asked at once. */
#include "core.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORKS = 4096 };
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t hash;
    uint32_t id;
} works[MOST_WORKS * 4];
static uint32_t works_said;

uint32_t next_work(void) {
    static uint32_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void works_forget(void) {
    pthread_mutex_init(&door, NULL);
    if (works_said) memset(works, 0, sizeof works);
    works_said = 0;
}

static void add_sizes(Line *l, const char *key, Sizes s) {
    line_list(l, key);
    for (uint32_t i = 0; i < s.n; i++) {
        char text[24];
        snprintf(text, sizeof text, i ? ",%zu" : "%zu", s.of[i]);
        line_raw(l, text);
    }
    line_raw(l, "]");
}

static uint32_t said(const Kernel *k, uint64_t hash, Sizes global, Sizes local) {
    uint32_t i = (uint32_t)(hash >> 40) & (MOST_WORKS * 4 - 1);
    while (works[i].id && works[i].hash != hash) i = (i + 1) & (MOST_WORKS * 4 - 1);
    if (works[i].id) return works[i].id;
    if (global.n && works_said >= MOST_WORKS) return said(k, k->hash, (Sizes){0}, (Sizes){0});
    if (works_said++ >= MOST_WORKS * 2) return 0;
    uint32_t id = next_work();
    works[i].hash = hash, works[i].id = id;
    Line l = line_of("work");
    line_number(&l, "id", id);
    line_utf8(&l, "name", k->name);
    if (global.n) add_sizes(&l, "global", global);
    if (local.n) add_sizes(&l, "local", local);
    line_send(&l);
    return id;
}

static bool same(const Sizes *a, const Sizes *b) {
    if (a->n != b->n) return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->of[i] != b->of[i]) return false;
    return true;
}

static uint64_t mixed(uint64_t hash, Sizes s) {
    hash += s.n;
    for (uint32_t i = 0; i < s.n; i++) hash = (hash ^ s.of[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
    return hash;
}

uint32_t kernel_work(Kernel *k, Sizes global, Sizes local) {
    if (likely(k->work && same(&k->global, &global) && same(&k->local, &local))) return k->work;
    k->global = global, k->local = local;
    pthread_mutex_lock(&door);
    k->work = said(k, mixed(mixed(k->hash, global) * 3, local), global, local);
    pthread_mutex_unlock(&door);
    return k->work;
}

Kernel *kernel_slot(Kernel *kernels, const void *key) {
    return &kernels[((uintptr_t)key * 0x9e3779b97f4a7c15u) >> 56];
}
void kernel_named(Kernel *k, const void *key, char *name) {
    free(k->name);
    *k = (Kernel){.key = key, .name = name, .hash = shared_hash(name)};
}
