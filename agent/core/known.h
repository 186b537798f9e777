/* What is known of a program's object, beside it instead of in it (known.c). */
#ifndef INTERLEAVE_KNOWN_H
#define INTERLEAVE_KNOWN_H
#include "core.h"

typedef struct Known {
    PyObject *object;              /* borrowed */
    PyObject *ref;                 /* weak, tells when the object goes */
    void (*gone)(struct Known *k); /* called then, when nothing leads to it any more; frees it */
} Known;
bool known_add(Known *k, PyObject *object, void (*gone)(Known *)); /* false: it takes no weak reference, or no memory */
Known *known_find(PyObject *object);
void known_forget(Known *k); /* the caller frees it */
#endif
