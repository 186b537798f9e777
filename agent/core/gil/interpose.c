/* Calls that the interpreter makes into the C library, led through functions of ours: in comes a function's name, out goes
 * how many of the slots that such calls go through point to ours from then on.
 *
 *   libpython (or the python that contains it)   call f ─→ slot for f ─┬ before ──────────→ f in the C library
 *                                                                      └ from now on ─→ ours ─→ f
 *
 * Only that one object is changed, in memory, in this process. Not LD_PRELOAD, which does the same from outside: every
 * child would inherit it, the program would find it in os.environ, a program built with a sanitizer refuses to start under
 * it, one of another word size complains, and a path with a space cannot be said in it. */
#include "core.h"
#include "interpose.h"
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    const char *name;
    void *ours;
    uintptr_t inside;   /* an address in the object that is meant; 0: all under the folder */
    const char *folder;
    int slots;
} Search;

static bool contains(const struct dl_phdr_info *object, uintptr_t address) {
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &object->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && address - (object->dlpi_addr + p->p_vaddr) < p->p_memsz) return true;
    }
    return false;
}

static bool is_meant(const struct dl_phdr_info *object, const Search *s) {
    if (s->inside) return contains(object, s->inside);
    size_t n = strlen(s->folder);
    const char *file = object->dlpi_name;
    return file && strncmp(file, s->folder, n) == 0 && (file[n] == '/' || !file[n]);
}

/* The loader makes whole pages of the table read-only when it has filled it in (RELRO). */
static bool is_fixed(const struct dl_phdr_info *object, uintptr_t page, uintptr_t size) {
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &object->dlpi_phdr[i];
        uintptr_t from = object->dlpi_addr + p->p_vaddr, to = from + p->p_memsz;
        if (p->p_type == PT_GNU_RELRO && page >= (from & ~(size - 1)) && page < (to & ~(size - 1))) return true;
    }
    return false;
}

static bool point(const struct dl_phdr_info *object, void **slot, void *to) {
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), page = (uintptr_t)slot & ~(size - 1);
    bool fixed = is_fixed(object, page, size);
    if (fixed && mprotect((void *)page, size, PROT_READ | PROT_WRITE)) return false;
    __atomic_store_n(slot, to, __ATOMIC_RELEASE);
    if (fixed) mprotect((void *)page, size, PROT_READ);
    return true;
}

#if defined(__LP64__)
static void point_all(const struct dl_phdr_info *object, Search *s, const ElfW(Rela) *r, size_t bytes, const ElfW(Sym) *symbols,
                      const char *names) {
    for (const ElfW(Rela) *end = r + bytes / sizeof *r; r < end; r++) {
        uint32_t symbol = (uint32_t)ELF64_R_SYM(r->r_info);
        if (!symbol || r->r_addend || strcmp(names + symbols[symbol].st_name, s->name) != 0) continue;
        s->slots += point(object, (void **)(object->dlpi_addr + r->r_offset), s->ours);
    }
}

static int look_in(struct dl_phdr_info *object, size_t size, void *search) {
    (void)size;
    Search *s = search;
    if (!is_meant(object, s)) return 0;
    const ElfW(Dyn) *d = NULL;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            d = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    uintptr_t at[DT_JMPREL + 1] = {0};
    for (; d && d->d_tag != DT_NULL; d++)
        if (d->d_tag > 0 && d->d_tag <= DT_JMPREL) at[d->d_tag] = (uintptr_t)d->d_un.d_ptr;
    static const int tables[] = {DT_SYMTAB, DT_STRTAB, DT_RELA, DT_JMPREL};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) /* some loaders put addresses in, some leave offsets */
        if (at[tables[i]] && at[tables[i]] < object->dlpi_addr) at[tables[i]] += object->dlpi_addr;
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)at[DT_SYMTAB];
    const char *names = (const char *)at[DT_STRTAB];
    if (!symbols || !names) return s->inside != 0;
    if (at[DT_RELA]) point_all(object, s, (const ElfW(Rela) *)at[DT_RELA], at[DT_RELASZ], symbols, names);
    if (at[DT_JMPREL] && at[DT_PLTREL] == DT_RELA)
        point_all(object, s, (const ElfW(Rela) *)at[DT_JMPREL], at[DT_PLTRELSZ], symbols, names);
    return s->inside != 0; /* there is one of these */
}
#else
static int look_in(struct dl_phdr_info *object, size_t size, void *search) { return (void)object, (void)size, (void)search, 1; }
#endif

int interpose(const char *name, void *ours, void *inside) {
    Search s = {name, ours, (uintptr_t)inside, NULL, 0};
    dl_iterate_phdr(look_in, &s);
    return s.slots;
}
int interpose_under(const char *name, void *ours, const char *folder) {
    Search s = {name, ours, 0, folder, 0};
    dl_iterate_phdr(look_in, &s);
    return s.slots;
}
