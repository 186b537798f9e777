/* Where the program is while a library runs without the GIL: then it is too late to ask. In come the places in a library's code
 * that give the GIL away, out goes, for this thread, the line that it was at. */
#include "gil/interpose.h"
#include "core.h"
#include <dlfcn.h>

__thread Whereabouts left_at;

static PyThreadState *save_thread(void) {
    thread_here();
    left_at.stack = stack_here(&left_at.site);
    left_at.away = true;
    return PyEval_SaveThread();
}
static void restore_thread(PyThreadState *state) {
    left_at.away = false;
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
void away_forget(void) { left_at.away = false; }

/* The limited API does not have it, each interpreter does. */
bool has_gil(void) {
    static int (*check)(void);
    static bool looked;
    if (!looked) *(void **)&check = dlsym(RTLD_DEFAULT, "PyGILState_Check"), looked = true;
    return check && check();
}
