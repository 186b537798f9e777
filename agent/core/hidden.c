/* A writer that is none of the program's threads: it writes what devices did, when that is heard of, on behalf of whoever had
 * them do it. Who uses one does so by turns. */
#include "core.h"

/* Whoever writes, the chunk's times do not go back. */
uint64_t hidden_time(Hidden *h) {
    clock_passed(h->last);
    return h->last = now();
}

void hidden_reach(Hidden *h, uint32_t actor, uint32_t stream, uint32_t number, uint64_t time, uint32_t stage, uint64_t at) {
    uint64_t ago = at < time ? time - at : 0;
    emit_of(&h->thread, actor, time, IL_EV_REACH, stage, stream, number, (uint32_t)(ago >> 32), (uint32_t)ago);
}
