/* The MPI that runs here. In: the module mpi4py.MPI. Out: where its objects keep their handles, how a Status is laid out
 * (learnt by writing numbers into one and looking where they are), and which rank of which world this process is.
 *
 * A world's name has to be the same in all its ranks and must not come from talking to them: a rank may be no Python at all.
 * It is what the launcher has told them all: a name space (PMIx: Open MPI, Slurm), a step (Slurm), the port at which Hydra's
 * mpiexec listens (on the command line of the proxy that started us). Ranks of another launcher are taken to be one world when
 * the same process started them. A process that nobody launched is a world of its own. */
#include "mpi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Mpi mpi;

static size_t status_at;
static size_t source_at, tag_at, count_at, count_above;
static __thread PyObject *spare_status __attribute__((tls_model("initial-exec")));

/* ── handles ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool learn_handles(PyObject *module) {
    PyObject *size = PyObject_CallMethod(module, "_sizeof", "O", mpi.comm);
    PyObject *address = PyObject_CallMethod(module, "_addressof", "O", mpi.world);
    mpi.handle_bytes = size ? PyLong_AsSize_t(size) : 0;
    bool first = address && PyLong_AsSize_t(address) == (size_t)(mpi.world + 1);
    Py_XDECREF(address);
    Py_XDECREF(size);
    return !PyErr_Occurred() && first && (mpi.handle_bytes == 4 || mpi.handle_bytes == 8);
}

/* ── a Status ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static size_t where(const char *from, size_t bytes, uint32_t number) {
    for (size_t at = 0; at + sizeof number <= bytes; at += sizeof number)
        if (memcmp(from + at, &number, sizeof number) == 0) return at;
    return SIZE_MAX;
}

static bool learn_status(PyObject *module) {
    enum { SOURCE = 0x5a5b01, TAG = 0x5a5b02, COUNT = 0x5a5b03 };
    PyObject *s = PyObject_CallNoArgs(mpi.status), *byte = PyObject_GetAttrString(module, "BYTE");
    PyObject *size = PyObject_CallMethod(module, "_sizeof", "O", mpi.status);
    PyObject *address = s ? PyObject_CallMethod(module, "_addressof", "O", s) : NULL;
    bool done = s && byte && size && address && PyObject_CallMethod(s, "Set_source", "i", SOURCE) &&
                PyObject_CallMethod(s, "Set_tag", "i", TAG) && PyObject_CallMethod(s, "Set_elements", "Oi", byte, COUNT);
    if (done) {
        size_t bytes = PyLong_AsSize_t(size);
        status_at = PyLong_AsSize_t(address) - (size_t)s;
        const char *from = (const char *)s + status_at;
        source_at = where(from, bytes, SOURCE), tag_at = where(from, bytes, TAG), count_at = where(from, bytes, COUNT);
        done = source_at != SIZE_MAX && tag_at != SIZE_MAX && count_at != SIZE_MAX;
        count_above = count_at + 4 < bytes && count_at + 4 != source_at && count_at + 4 != tag_at ? count_at + 4 : SIZE_MAX;
    }
    Py_XDECREF(address);
    Py_XDECREF(size);
    Py_XDECREF(byte);
    Py_XDECREF(s);
    return done;
}

often Got status_read(PyObject *status) {
    const char *from = (const char *)status + status_at;
    uint32_t above = count_above == SIZE_MAX ? 0 : *(const uint32_t *)(from + count_above);
    uint32_t bytes = above ? UINT32_MAX : *(const uint32_t *)(from + count_at);
    return (Got){*(const int *)(from + source_at), *(const int *)(from + tag_at), bytes};
}

PyObject *status_take(void) {
    PyObject *s = spare_status;
    if (likely(s != NULL)) return spare_status = NULL, s;
    s = PyObject_CallNoArgs(mpi.status);
    if (!s) PyErr_Clear();
    return s;
}

void status_give_back(PyObject *status) {
    if (!status) return;
    if (spare_status) Py_DECREF(status);
    else spare_status = status;
}

/* ── exceptions ─────────────────────────────────────────────────────────────────────────────────────────────────── */
/* MPI takes a message that is too long for the buffer, and says so. A call that takes objects has checked its arguments before
 * (arguments()), so what else goes wrong there goes wrong with the message in hand: it cannot be unpickled. But for a sendrecv,
 * which may as well have failed to pickle. */
Taken was_taken(const Call *c) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    bool of_mpi = value && PyObject_IsInstance(value, mpi.exception) == 1;
    Taken taken = of_mpi || !for_objects(c) ? NOT_TAKEN : strstr(c->method->name, "send") ? WHO_KNOWS : TAKEN;
    if (of_mpi) {
        PyObject *class = PyObject_CallMethod(value, "Get_error_class", NULL);
        PyObject *truncate = PyObject_GetAttrString(mpi.module, "ERR_TRUNCATE");
        if (class && truncate && PyObject_RichCompareBool(class, truncate, Py_EQ) == 1) taken = TAKEN;
        Py_XDECREF(truncate);
        Py_XDECREF(class);
        PyErr_Clear();
    }
    PyErr_Restore(type, value, trace);
    return taken;
}

/* ── which rank of which world ──────────────────────────────────────────────────────────────────────────────────── */
static bool word_after(const char *words, size_t length, const char *word, char *to, size_t room) {
    for (const char *at = words; at < words + length; at += strlen(at) + 1)
        if (strcmp(at, word) == 0 && at + strlen(at) + 1 < words + length) {
            snprintf(to, room, "%s", at + strlen(at) + 1);
            return true;
        }
    return false;
}

static bool job_of_hydra(void) {
    char path[40], words[4096], port[64], group[16] = "0";
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)getppid());
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(words, 1, sizeof words - 1, file) : 0;
    if (file) fclose(file);
    words[length] = 0;
    if (!word_after(words, length, "--control-port", port, sizeof port)) return false;
    word_after(words, length, "--pgid", group, sizeof group);
    snprintf(mpi.job, sizeof mpi.job, "hydra:%s:%s", port, group);
    return true;
}

static void learn_job(void) {
    const char *space = getenv("PMIX_NAMESPACE"), *step = getenv("SLURM_STEP_ID"), *job = getenv("SLURM_JOB_ID");
    if (space) snprintf(mpi.job, sizeof mpi.job, "pmix:%s", space);
    else if (step && job) snprintf(mpi.job, sizeof mpi.job, "slurm:%s.%s", job, step);
    else if (mpi.size > 1 && !job_of_hydra()) snprintf(mpi.job, sizeof mpi.job, "parent:%d", (int)getppid());
    else if (mpi.size == 1 && !(getenv("PMI_RANK") && job_of_hydra()))
        snprintf(mpi.job, sizeof mpi.job, "alone:%d", (int)getpid());
}

static int number_from(PyObject *object, const char *method) {
    PyObject *answer = PyObject_CallMethod(object, method, NULL);
    int n = answer ? (int)PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    return n;
}

static bool is_started(void) {
    PyObject *started = PyObject_CallMethod(mpi.module, "Is_initialized", NULL);
    PyObject *ended = PyObject_CallMethod(mpi.module, "Is_finalized", NULL);
    bool yes = started == Py_True && ended == Py_False;
    Py_XDECREF(ended);
    Py_XDECREF(started);
    return yes;
}

bool world_known(void) {
    if (likely(mpi.size > 0)) return true;
    if (!is_started()) return PyErr_Clear(), false;
    mpi.rank = number_from(mpi.world, "Get_rank");
    mpi.world_group = PyObject_CallMethod(mpi.world, "Get_group", NULL);
    int size = number_from(mpi.world, "Get_size");
    if (PyErr_Occurred()) return PyErr_Clear(), false;
    mpi.size = size;
    learn_job();
    Line l = line_of("rank");
    line_utf8(&l, "group", mpi.job);
    line_number(&l, "rank", mpi.rank);
    line_number(&l, "size", mpi.size);
    line_send(&l);
    return true;
}

/* ── all of it ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static int constant(PyObject *module, const char *name) {
    PyObject *value = PyObject_GetAttrString(module, name);
    int n = value ? (int)PyLong_AsLong(value) : 0;
    Py_XDECREF(value);
    return n;
}

static uint64_t null_handle(PyObject *module, const char *name) {
    PyObject *null = PyObject_GetAttrString(module, name);
    uint64_t handle = null ? handle_of(null) : 0;
    Py_XDECREF(null);
    return handle;
}

bool mpi_learn(PyObject *module) {
    struct {
        const char *name;
        PyObject **to;
    } kept[] = {
        {"Comm", &mpi.comm},           {"Request", &mpi.request},     {"Message", &mpi.message}, {"Win", &mpi.win},
        {"Status", &mpi.status},       {"Group", &mpi.group},         {"Exception", &mpi.exception}, {"COMM_WORLD", &mpi.world},
        {"ANY_SOURCE", &mpi.any_source_object}, {"ANY_TAG", &mpi.any_tag_object},
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (!(*kept[i].to = PyObject_GetAttrString(module, kept[i].name))) return false;
    Py_INCREF(mpi.module = module);
    mpi.any_source = constant(module, "ANY_SOURCE"), mpi.any_tag = constant(module, "ANY_TAG");
    mpi.proc_null = constant(module, "PROC_NULL"), mpi.root = constant(module, "ROOT");
    mpi.undefined = constant(module, "UNDEFINED");
    if (PyErr_Occurred() || !learn_handles(module) || !learn_status(module)) return false;
    mpi.null_comm = null_handle(module, "COMM_NULL"), mpi.null_request = null_handle(module, "REQUEST_NULL");
    return !PyErr_Occurred();
}
