/* Where the program is while a library runs without the GIL: then it is too late to ask. In come the places in a library's code
 * that give the GIL away, out goes, for this thread, the line that it was at; and its waits for devices, which such a library
 * makes. */
#include "gil/interpose.h"
#include "core.h"
#include <dlfcn.h>

static __thread struct {
    Whereabouts at;
    bool away; /* this thread has given the GIL away there */
} left __attribute__((tls_model("initial-exec")));

static PyThreadState *save_thread(void) {
    thread_here();
    left.at = stack_here();
    left.away = true;
    return PyEval_SaveThread();
}
static void restore_thread(PyThreadState *state) {
    left.away = false;
    PyEval_RestoreThread(state);
}

bool away_inside(void *inside) {
    if (!interpose("PyEval_SaveThread", (void *)save_thread, inside)) return false;
    interpose("PyEval_RestoreThread", (void *)restore_thread, inside);
    return true;
}
void away_under(const char *folder) {
    interpose_under("PyEval_SaveThread", (void *)save_thread, folder);
    interpose_under("PyEval_RestoreThread", (void *)restore_thread, folder);
}
void away_forget(void) { left.away = false; }

/* The limited API does not have it, each interpreter does. */
static bool has_gil(void) {
    static int (*check)(void);
    static bool looked;
    if (!looked) *(void **)&check = dlsym(RTLD_DEFAULT, "PyGILState_Check"), looked = true;
    return check && check();
}

uint32_t site_left(void) { return left.away ? left.at.site : has_gil() ? site_here() : 0; }

void device_wait_begins(uint64_t time, uint32_t stream) {
    Whereabouts at = left.away ? left.at : has_gil() ? stack_here() : (Whereabouts){0};
    emit(time, IL_EV_WAIT, IL_WHY_DEVICE | stack_flag(at), stream, 0, stack_or_site(at), 0);
}
void device_wait_ends(uint64_t time, uint32_t stream, bool failed, uint32_t number) {
    emit(time, IL_EV_WAKE, failed ? IL_OUTCOME_RAISED : IL_OUTCOME_DONE, stream, 0, 0, failed ? 0 : number);
}
