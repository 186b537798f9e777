/* The page that all processes of a run map: what they count together about objects that they share. In comes the name of
 * an object, out goes its slot. Slots are claimed by compare-and-swap and never given back; nothing is locked, so a
 * process that is killed leaves nothing locked.
 *
 *   <run>/<hash of the clock>.page   slot 0 │ slot 1 │ …      open addressing by the hash of the name
 *
 * Hosts that share the folder have a page each: what is mapped is not the same memory on two machines, and a lock or a
 * pipe of the same number on two of them is not the same one. */
#include "core.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 1 << 16 };

static Shared *page;
static bool tried;

uint64_t shared_hash(const char *key) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *key; key++) h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    return h ? h : 1;
}

static Shared *map_page(void) {
    const char *folder = channel_folder();
    char path[PATH_MAX];
    unsigned long long clock = shared_hash(host_clock());
    if (snprintf(path, sizeof path, "%s/%016llx.page", folder, clock) >= (int)sizeof path) return NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return NULL;
    size_t bytes = SLOTS * sizeof(Shared);
    /* reserved on the disk first: a full disk is an error here and never a SIGBUS later */
    void *memory = posix_fallocate(fd, 0, (off_t)bytes) == 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}

static Shared *find(const char *key, bool make) {
    if (!tried) page = map_page(), tried = true;
    if (!page) return NULL;
    uint64_t h = shared_hash(key);
    for (uint32_t i = 0; i < 256; i++) {
        Shared *s = &page[(h + i) & (SLOTS - 1)];
        uint64_t is = __atomic_load_n(&s->key, __ATOMIC_ACQUIRE);
        if (is == 0 && !make) return NULL;
        if (is == 0 && __atomic_compare_exchange_n(&s->key, &is, h, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return s;
        if (is == h) return s;
    }
    return NULL;
}

Shared *shared_find(const char *key) { return find(key, true); }
Shared *shared_known(const char *key) { return find(key, false); }

void shared_say(uint32_t serial, const char *key) {
    Line l = line_of("shared");
    line_number(&l, "object", serial);
    line_utf8(&l, "key", key);
    line_send(&l);
}
