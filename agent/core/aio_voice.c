/* Voices of asyncio's own objects: which subject a Lock, an Event, a Queue … speaks for, kept beside it (known.c). */
#include "aio.h"
#include <stdlib.h>

typedef struct {
    Known known;
    Voice voice;
} Voiced;

static void voice_gone(Known *known) {
    Voiced *v = (Voiced *)known;
    Py_CLEAR(known->ref);
    subject_drop(v->voice.subject);
    free(v);
}

Voice *voice_beside(PyObject *object) {
    Known *k = known_find(object);
    return k && k->gone == voice_gone ? &((Voiced *)k)->voice : NULL;
}

void voice_give(PyObject *object, Subject *s, uint16_t why) {
    Voiced *v = s && !known_find(object) ? malloc(sizeof *v) : NULL;
    if (!v) return;
    v->voice = (Voice){.subject = s, .why = why};
    if (known_add(&v->known, object, voice_gone))
        subject_hold(s);
    else
        free(v);
}
