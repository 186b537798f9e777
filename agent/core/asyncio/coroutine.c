/* Where a coroutine keeps its frame, and the frame its stack: a table by minor version, proved on a coroutine made for it.
 * In goes nothing, out comes coroutine_layout, believed only if it finds what cr_await and cr_frame say, for a coroutine
 * that has not begun, that waits, and that is over. */
#include "coroutine.h"

CoroutineLayout coroutine_layout;

static const char trial[] = "class Pause:\n"
                            "    def __await__(self): yield\n"
                            "async def outer(pause): await pause\n"
                            "pause = Pause()\n"
                            "fresh, waiting, over = outer(pause), outer(pause), outer(pause)\n"
                            "waiting.send(None)\n"
                            "over.close()\n";

/* In 3.10 a coroutine points to its frame object; later the frame lies in it, and the frame object points there. */
static bool find_frame(CoroutineLayout *l, PyObject *coroutine) {
    PyObject *object = PyObject_GetAttrString(coroutine, "cr_frame");
    if (!object || object == Py_None) return Py_XDECREF(object), false;
    enum { FRAME_IN_OBJECT = 24 };
    if (layout.minor == 10)
        l->frame = 16, l->state = 108, l->top = 64, l->locals = 352;
    else {
        l->frame = (int)(AT(Frame, (Frame)object, FRAME_IN_OBJECT) - (Frame)coroutine);
        l->state = l->frame - 5, l->top = 64, l->locals = layout.minor >= 14 ? 80 : 72;
    }
    bool in_place = layout.minor == 10 ? AT(PyObject *, (Frame)coroutine, l->frame) == object
                                       : l->frame > 40 && l->frame < 160 && l->frame % 8 == 0;
    Py_DECREF(object);
    return in_place;
}

static bool says(PyObject *object, const char *attribute, const void *value) {
    PyObject *said = PyObject_GetAttrString(object, attribute);
    Py_XDECREF(said); /* the object keeps it */
    return said && said == value;
}

static bool agrees(PyObject *fresh, PyObject *waiting, PyObject *over, PyObject *pause) {
    coroutine_layout.type = Py_TYPE(waiting);
    if (!find_frame(&coroutine_layout, waiting)) return false;
    Frame f = coroutine_frame(waiting);
    return f && !coroutine_frame(fresh) && !coroutine_frame(over) && says(waiting, "cr_code", (void *)frame_code(f)) &&
           says(waiting, "cr_await", coroutine_awaits(f)) && frame_first_local(f) == pause;
}

bool coroutine_learn(void) {
    if (!sites_fast) return false;
    PyObject *names = PyDict_New(), *code = Py_CompileString(trial, "<agent>", Py_file_input);
    PyObject *builtins = PyEval_GetBuiltins();
    if (names && builtins) PyDict_SetItemString(names, "__builtins__", builtins);
    PyObject *ran = names && code ? PyEval_EvalCode(code, names, names) : NULL;
    if (ran) {
        PyObject *fresh = PyDict_GetItemString(names, "fresh");
        coroutine_layout.known = agrees(fresh, PyDict_GetItemString(names, "waiting"), PyDict_GetItemString(names, "over"),
                                        PyDict_GetItemString(names, "pause"));
        PyObject *closed = PyObject_CallMethod(fresh, "close", NULL); /* else: "was never awaited" */
        Py_XDECREF(closed);
    }
    if (names) PyDict_Clear(names);
    Py_XDECREF(ran);
    Py_XDECREF(code);
    Py_XDECREF(names);
    PyErr_Clear();
    return coroutine_layout.known;
}
