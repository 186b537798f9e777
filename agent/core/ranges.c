/* NVTX: in come the ranges and marks that the program names by the package nvtx, out go rangeBegin and rangeEnd of the thread.
 *
 *   nvtx.annotate("load") ─→ libnvtx ─→ the tool that is attached: we, by the way that NVTX has for tools
 *
 * Without a tool the package leaves everything out: annotate() then is not even called. So we are one. NVTX looks in the
 * environment for its tool when it is first used; it is told there only for that moment, and children see nothing of it.
 * Where another tool (Nsight) has been named the ranges are that one's, and a note says so.
 *
 * Pushed ranges are a thread's, and of a domain: popped is the innermost of that domain. Started ones may end anywhere.
 * Each text is a work, said once. A thread here always has the GIL: it comes from the package, which keeps it.
 * Rejected: listening at nvtx.annotate in Python. Without a tool a decorated function is not decorated at all. */
#include "core.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ── NVTX's side, as its headers of version 3 have it ───────────────────────────────────────────────────────────── */
typedef struct {
    uint16_t version, size;
    uint32_t category;
    int32_t color_type;
    uint32_t color;
    int32_t payload_type, reserved;
    uint64_t payload;
    int32_t message_type;
    const void *message;
} Attributes;
enum { ASCII = 1, REGISTERED = 3 };
enum { CALLBACKS = 1, CORE2 = 5, PAYLOAD = 2, DOMAIN_IS_ENABLED = 7 };
enum { MARK = 1, START = 2, END = 3, PUSH = 4, POP = 5, REGISTER = 10, CREATE = 12 };
typedef void (*Function)(void);
typedef struct {
    size_t size;
    int (*module_table)(int module, Function ***table, unsigned *length);
} ExportTable;
typedef struct {
    uint16_t version, size, module, compatibility;
    size_t segments;
    struct {
        size_t id, slots;
        intptr_t *functions;
    } *segment;
} Extension;

/* ── texts ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct Text {
    struct Text *below;
    const struct Text *domain; /* NULL: the default one */
    uint32_t work;             /* 0: a domain, or not used yet */
    char bytes[];
} Text;
enum { BUCKETS = 1024, MOST_TEXTS = 1 << 16 };
static Text *texts[BUCKETS];
static uint32_t known_texts;

/* The same for the same text of a domain, for good. NULL: there are too many. */
static Text *text_of(const Text *domain, const char *bytes) {
    Text **bucket = &texts[(shared_hash(bytes) ^ (uintptr_t)domain >> 4) % BUCKETS];
    for (Text *t = *bucket; t; t = t->below)
        if (t->domain == domain && strcmp(t->bytes, bytes) == 0) return t;
    if (known_texts >= MOST_TEXTS) return NULL;
    Text *t = malloc(sizeof *t + strlen(bytes) + 1);
    if (!t) return NULL;
    known_texts++;
    *t = (Text){.below = *bucket, .domain = domain};
    strcpy(t->bytes, bytes);
    return *bucket = t;
}

static uint32_t say_range(const Text *domain, const char *bytes) {
    PyObject *name = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)strlen(bytes), "replace");
    PyObject *of = domain ? PyUnicode_DecodeUTF8(domain->bytes, (Py_ssize_t)strlen(domain->bytes), "replace") : NULL;
    PyObject *whole = of && name ? PyUnicode_FromFormat("%U: %U", of, name) : Py_XNewRef(name);
    uint32_t work = next_work();
    Line l = line_of("work");
    line_number(&l, "id", work);
    line_text(&l, "name", whole);
    line_send(&l);
    Py_XDECREF(whole);
    Py_XDECREF(of);
    Py_XDECREF(name);
    PyErr_Clear();
    return work;
}

static uint32_t work_of(const Text *domain, const Attributes *a) {
    static uint32_t others;
    Text *t = a->message_type == REGISTERED ? (Text *)a->message
              : a->message_type == ASCII && a->message ? text_of(domain, a->message)
                                                       : text_of(domain, "(no name)");
    if (t && t->work) return t->work;
    if (t) return t->work = say_range(domain, t->bytes);
    return others ? others : (others = say_range(NULL, "(one of very many names)"));
}

/* ── ranges ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t n, room;
    struct {
        const Text *domain;
        uint32_t number;
    } open[];
} Pushed;
static __thread Pushed *pushed;
static pthread_key_t at_thread_exit;
static uint32_t ranges;

static bool more_room(void) {
    uint32_t room = pushed ? pushed->room * 2 : 8;
    Pushed *bigger = realloc(pushed, sizeof *bigger + room * sizeof *bigger->open);
    if (!bigger) return false;
    if (!pushed) bigger->n = 0;
    bigger->room = room;
    return pthread_setspecific(at_thread_exit, pushed = bigger), true;
}

/* What the parent of a forked process began ends there. */
static bool is_own(uint32_t number) {
    static uint32_t parents, of;
    if (of != forks) of = forks, parents = ranges;
    return number > parents;
}

static uint32_t begin(const Text *domain, const Attributes *a) {
    uint32_t work = work_of(domain, a), site = site_here();
    is_own(0);
    emit(now(), IL_EV_RANGE_BEGIN, 0, 0, ++ranges, site, work);
    return ranges;
}
static void end(uint32_t number) {
    if (is_own(number)) emit(now(), IL_EV_RANGE_END, 0, 0, number, 0, 0);
}

static void mark(const Text *domain, const Attributes *a) { end(begin(domain, a)); }
static uint64_t start(const Text *domain, const Attributes *a) { return begin(domain, a); }
static void end_started(const Text *domain, uint64_t number) {
    (void)domain;
    if (number && number <= ranges) end((uint32_t)number);
}

/* Both say how deep it lies. */
static int push(const Text *domain, const Attributes *a) {
    if ((!pushed || pushed->n == pushed->room) && !more_room()) return -1;
    int depth = 0;
    for (uint32_t i = 0; i < pushed->n; i++) depth += pushed->open[i].domain == domain;
    pushed->open[pushed->n].domain = domain;
    pushed->open[pushed->n++].number = begin(domain, a);
    return depth;
}
static int pop(const Text *domain) {
    uint32_t i = pushed ? pushed->n : 0;
    while (i > 0 && pushed->open[i - 1].domain != domain) i--;
    if (i == 0) return -2; /* none is open */
    end(pushed->open[i - 1].number);
    memmove(&pushed->open[i - 1], &pushed->open[i], (--pushed->n - (i - 1)) * sizeof *pushed->open);
    int depth = 0;
    while (--i > 0) depth += pushed->open[i - 1].domain == domain;
    return depth;
}

/* ── how NVTX finds us ──────────────────────────────────────────────────────────────────────────────────────────── */
static bool asked; /* by the hook, just now: nobody else gets a tool that it has not asked for */
static uint8_t is_enabled(const Text *domain) { return (void)domain, 1; }
static const Text *create(const char *name) { return name && *name ? text_of(NULL, name) : NULL; }

__attribute__((visibility("default"))) int InitializeInjectionNvtx2(const void *(*export)(uint32_t)) {
    static const struct {
        unsigned at;
        Function ours;
    } all[] = {{MARK, (Function)mark}, {START, (Function)start},      {END, (Function)end_started}, {PUSH, (Function)push},
               {POP, (Function)pop},   {REGISTER, (Function)text_of}, {CREATE, (Function)create}};
    const ExportTable *exported = asked ? export(CALLBACKS) : NULL;
    Function **table;
    unsigned length = 0;
    if (!exported || !exported->module_table(CORE2, &table, &length) || length <= CREATE) return 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *table[all[i].at] = all[i].ours;
    return 1;
}

__attribute__((visibility("default"))) int InitializeInjectionNvtxExtension(Extension *extension) {
    if (!asked || extension->module != PAYLOAD || !extension->segments || extension->segment->slots <= DOMAIN_IS_ENABLED) return 0;
    extension->segment->functions[DOMAIN_IS_ENABLED] = (intptr_t)is_enabled;
    return 1;
}

static bool pass_over(PyObject *module) {
    PyObject *name = PyObject_GetAttrString(module, "__file__"), *path = PyImport_ImportModule("os.path");
    PyObject *inner = name && path ? PyObject_CallMethod(path, "dirname", "O", name) : NULL;
    PyObject *folder = inner ? PyObject_CallMethod(path, "dirname", "O", inner) : NULL;
    bool done = folder && sites_pass_over(folder);
    Py_XDECREF(folder);
    Py_XDECREF(inner);
    Py_XDECREF(path);
    Py_XDECREF(name);
    return done;
}

/* nvtx._lib.lib, before anybody has asked it for a domain */
bool hook_nvtx(PyObject *module) {
    static const char *const variable = "NVTX_INJECTION64_PATH";
    Dl_info us;
    if (!pass_over(module) || !dladdr((void *)hook_nvtx, &us) || pthread_key_create(&at_thread_exit, free)) return false;
    if (getenv(variable)) return say_note("Ranges of NVTX are not recorded: another tool has been named for them."), true;
    asked = true;
    setenv(variable, us.dli_fname, 1);
    PyObject *domain = PyObject_CallMethod(module, "DomainHandle", NULL);
    PyObject *enabled = domain ? PyObject_CallMethod(domain, "enabled", NULL) : NULL;
    bool attached = enabled && PyObject_IsTrue(enabled) == 1;
    unsetenv(variable);
    asked = false;
    Py_XDECREF(enabled);
    Py_XDECREF(domain);
    if (!attached && !PyErr_Occurred()) say_note("Ranges of NVTX are not recorded: this version of nvtx did not take us as its tool.");
    return attached || !PyErr_Occurred();
}
