/* Pools and their jobs (pool.c): what executors, Pools and their futures share. A pool is a subject of kind pool; a job is
 * (pool, number, part), as wire/kinds.ts says. */
#ifndef INTERLEAVE_POOL_H
#define INTERLEAVE_POOL_H
#include "condition.h"

typedef struct Pool {
    Subject *subject;
    uint32_t jobs;          /* of threads: how many were submitted */
    bool processes;         /* its workers are processes */
    PyObject *owner, *ends; /* the executor or Pool, not held, and the weak reference that says when it is gone */
    char key[48];           /* of processes: the pool's name in all of them */
    struct Pool *next;
} Pool;

Pool *pool_made(PyObject *owner, uint32_t workers, PyObject *jobs_pipe); /* tells `new`; jobs_pipe NULL: of threads */
Pool *pool_of(PyObject *owner);          /* NULL: unknown */
Subject *pool_at(PyObject *jobs_pipe);   /* in a worker process: a new reference */
uint32_t job_site(PyObject *function);   /* of what will be run, through partials and methods */
bool job_sites_start(void);
void job_passes_on(PyObject *type, PyObject *attribute);
bool job_wrapper(PyObject *function);    /* its first argument is what will be run */

/* Where the job of a future is. A job of threads begins and ends in its future; of processes, only its result comes. */
enum { JOB_UNKNOWN, JOB_OF_THREADS, JOB_OF_PROCESSES, JOB_RUNNING, JOB_OVER };

/* Set while the native submit runs: the next Future is of that job. */
typedef struct {
    Pool *pool;
    PyObject *executor, *function;
} Submission;
extern __thread Submission submission;

extern Subject pool_unknown; /* of a future that no pool has made; its serial is 0 */
void future_is_of(PyObject *future, uint32_t pool);
Voice *voice_of_attribute(PyObject *object, PyObject *attribute);

/* Who waits at the pool's own pipe, in `owner` or its `queue`, waits for the pool. */
void pipe_speaks_for(PyObject *owner, const char *queue, const char *end, const Subject *pool);
void simple_queue_speak_for(PyObject *queue, Subject *pool); /* the pool's own queue */
Subject *simple_queue_subject(PyObject *queue);
#endif
