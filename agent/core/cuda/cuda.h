/* CUDA: every library's launches, copies and waits, by CUPTI, which NVIDIA's driver tells of each.
 *
 *   cuda_hook.c      when CUPTI is begun, and when it is left to somebody else        cupti.h  what is asked of it
 *   cuda_calls.c     the program's thread in a call of the driver: where it is, how long, and that it waits
 *   cuda_records.c   CUPTI's records of what the device did ─→ commands, by the number that it gave the call
 *   cuda_objects.c   devices, contexts, streams
 *
 *   thread    cuLaunchKernel #7 ── callback: line, thread, times ─→ calls[7] ┐
 *   device                            ████  record #7: stream, start ─ end ──┴→ enqueue · called · returned · started · ended
 *
 * CUPTI stamps its records with a clock that it is given: ours. So the device's times need no moving; how far they may be off
 * is known from what cannot be: a command that begins before its call, or ends after a wait for it is over.
 *
 * Records come up to FLUSH_MS later, in a thread of CUPTI's or in whichever fills a buffer, without the GIL. `cuda_stop` and
 * `cuda_go_on` are around all that is done with them. */
#ifndef INTERLEAVE_CUDA_H
#define INTERLEAVE_CUDA_H
#include "core.h"
#include "cupti.h"

enum { FLUSH_MS = 250 };

/* ── cuda_calls.c ───────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct {
    uint32_t id; /* CUPTI's number of the call; 0 = it failed, or this is not one */
    uint32_t actor, site;
    bool over, waits;
    uint64_t called, returned;
} Call;
Called cuda_called;
void cuda_listen(void *subscriber); /* to the driver's functions that launch, copy, fill, or wait */
const Call *call_of(uint32_t id);   /* NULL: not known, or not over yet */
uint32_t null_stream_of(uint32_t context); /* the number of its default stream, UINT32_MAX = unknown */

/* ── cuda_objects.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
typedef struct CudaDevice {
    struct CudaDevice *next;
    uint32_t ordinal, serial;
    int64_t early, late; /* ns by which its times may be off at most, as calls and waits show */
    int64_t said;
} CudaDevice;
typedef struct CudaStream {
    struct CudaStream *next;
    CudaDevice *device;
    uint32_t context, id, serial, count;
} CudaStream;
CudaStream *cuda_stream(Where where, uint32_t actor); /* NULL: no memory */
uint32_t cuda_context(uint32_t context, uint32_t device, uint32_t actor);
bool cuda_only_stream(uint32_t context);
void cuda_bound(CudaDevice *d, int64_t early, int64_t late); /* it is not off by more in either direction; INT64_MAX = says nothing */
void cuda_say_clocks(bool last);

/* ── cuda_records.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */
extern Hidden cuda_hidden; /* writes what the device tells */
Wanted cuda_wanted;
Filled cuda_filled;
void cuda_stop(void);
void cuda_go_on(void);
void cuda_say_missing(void); /* stopped: no more records come */
void cuda_forked(void); /* in the child, where no more is done with them */

/* ── cuda_hook.c ────────────────────────────────────────────────────────────────────────────────────────────────────── */
bool cuda_recording(void);
extern uint32_t cuda_beginner; /* the thread that used CUDA first: of what no call is known for */
#endif
