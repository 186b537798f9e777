/* Condition: where every composite primitive blocks and wakes (condition.c). */
#ifndef INTERLEAVE_CONDITION_H
#define INTERLEAVE_CONDITION_H
#include "core.h"

typedef struct {
    Subject *subject; /* NULL: silent */
    uint16_t why;     /* the reason of those who wait here; CONDITION: a condition of the program's own */
    uint16_t job;     /* FUTURE: where the job that will end the wait is (pool.h) */
    uint32_t number;  /* of that job */
    uint32_t site;    /* of its function */
} Voice;
Voice *voice_of(PyObject *condition); /* borrowed; NULL when the condition is not one of ours */
Voice *condition_waits_for(PyObject *condition, Subject *s, uint16_t why); /* those who wait on it; NULL: it has its own voice */
void condition_speak_for(PyObject *condition, Subject *s, uint16_t why);   /* and those whom its quiet lock keeps waiting */
void tell_notify(Subject *s, uint16_t why, long n, Py_ssize_t waiting);
bool condition_hook(PyObject *threading);

/* A subject for an object that the program, not the library for itself, has just made; tells `new`. NULL = silent. */
Subject *subject_made(uint16_t kind, uint32_t arg);
Subject *subject_of_cond(PyObject *object); /* of an object that keeps its condition in `_cond`; borrowed */

PyObject *cond_enter(PyObject *condition);                   /* with condition: */
PyObject *cond_exit(PyObject *condition, PyObject *result); /* …its end: exceptions go through, `result` is returned */
uint32_t number_of(PyObject *object, const char *attribute);

bool semaphore_hook(PyObject *threading);
bool event_hook(PyObject *threading);
bool barrier_hook(PyObject *threading);
extern __thread Subject *barrier_resetting;
PyObject *intern(const char *name);
#endif
