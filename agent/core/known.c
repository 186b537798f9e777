/* What is known of objects of classes that are not ours: tasks, asyncio's locks, queues … In comes an object, out goes what
 * was put beside it. A weak reference ends it with the object, so that an address never comes to mean another one.
 *
 *   address ─ hash ─→ Known ─→ object (borrowed), weak reference ─→ its callback takes the Known out
 *
 * Rejected: an attribute in the object's __dict__. vars(), pickle and copy would see it, and C classes have none. */
#include "known.h"
#include <stdlib.h>

static Known **table;
static uint32_t room, filled;

static inline uint32_t home(PyObject *object) {
    return (uint32_t)(((uintptr_t)object * 0x9e3779b97f4a7c15u) >> 40) & (room - 1);
}

static inline uint32_t slot_of(PyObject *object) {
    uint32_t i = home(object);
    while (table[i] && table[i]->object != object) i = (i + 1) & (room - 1);
    return i;
}

Known *known_find(PyObject *object) { return room ? table[slot_of(object)] : NULL; }

static bool grow(void) {
    Known **old = table, **bigger = calloc(room ? room * 2 : 256, sizeof *bigger);
    uint32_t n = room;
    if (!bigger) return false;
    table = bigger, room = n ? n * 2 : 256;
    for (uint32_t i = 0; i < n; i++)
        if (old[i]) table[slot_of(old[i]->object)] = old[i];
    free(old);
    return true;
}

/* Empties slot i, moving back what had been pushed past it. */
static void take_out(uint32_t i) {
    uint32_t mask = room - 1;
    for (uint32_t j = (i + 1) & mask; table[j]; j = (j + 1) & mask)
        if (((j - home(table[j]->object)) & mask) >= ((j - i) & mask)) table[i] = table[j], i = j;
    table[i] = NULL;
    filled--;
}

/* Somebody may have kept the weak reference longer than we did: it counts only while it is the one we hold. */
static PyObject *object_gone(PyObject *address, PyObject *ref) {
    Known *k = known_find(PyLong_AsVoidPtr(address));
    if (k && k->ref == ref) {
        take_out(slot_of(k->object));
        k->gone(k);
    }
    Py_RETURN_NONE;
}

bool known_add(Known *k, PyObject *object, void (*gone)(Known *)) {
    static PyMethodDef def = {"gone", object_gone, METH_O, NULL};
    if (filled * 2 >= room && !grow()) return false;
    PyObject *address = PyLong_FromVoidPtr(object), *callback = address ? PyCFunction_NewEx(&def, address, NULL) : NULL;
    *k = (Known){object, callback ? PyWeakref_NewRef(object, callback) : NULL, gone};
    Py_XDECREF(callback);
    Py_XDECREF(address);
    if (!k->ref) return PyErr_Clear(), false;
    table[slot_of(object)] = k;
    filled++;
    return true;
}

void known_forget(Known *k) {
    take_out(slot_of(k->object));
    Py_CLEAR(k->ref);
}
