/* Voices of asyncio's own objects: which subject a Lock, an Event, a Queue … speaks for, kept beside it (known.c). What the
 * library makes for itself, a Queue's Event or a Barrier's Condition, is silent or speaks for that. */
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

void voice_give_inner(PyObject *object, const char *attribute, Subject *s, uint16_t why) {
    PyObject *inner = s ? PyObject_GetAttrString(object, attribute) : NULL;
    if (inner) voice_give(inner, s, why);
    Py_XDECREF(inner);
    if (s) PyErr_Clear();
}

void tell_by(uint32_t actor, Subject *s, uint32_t kind, uint32_t flags, uint32_t arg) {
    uint32_t site = site_of_kind(kind);
    emit_of(thread_here(), actor, now(), kind, flags, s->serial, ++s->seq, site, arg);
}

/* A new object of the program's, `calls` of the library's functions away from it, gets a voice of its own. */
Subject *voice_made(PyObject *object, uint16_t kind, uint16_t why, uint32_t arg, int calls) {
    Voice *before = voice_beside(object); /* __init__ may be called twice */
    if (before) return before->subject;
    Site site = site_find(calls);
    Subject *s = site.own ? subject_new(kind) : NULL;
    if (!s) return NULL;
    emit_of(thread_here(), actor_here(), now(), IL_EV_NEW, kind | internal_flag(site), s->serial, ++s->seq, site.id, arg);
    voice_give(object, s, why);
    subject_drop(s);
    Voice *v = voice_beside(object);
    return v ? v->subject : NULL;
}
