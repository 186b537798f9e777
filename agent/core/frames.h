/* The interpreter's frames read in place, without making Python objects: code and instruction of each call, in a few
 * loads. Where they lie differs by minor version (frames.c); frames_learn proves it before anything is believed.
 *
 *   thread state ─→ (3.11, 3.12: cframe ─→) current frame ─→ previous ─→ previous …
 *                                            └ code, instruction */
#ifndef INTERLEAVE_FRAMES_H
#define INTERLEAVE_FRAMES_H
#include "core.h"

typedef struct {
    int minor;
    int current;    /* in the thread state, or in its cframe */
    int cframe;     /* in the thread state; 0 = there is none */
    int code, previous, instruction, owner; /* in a frame */
    int first_local; /* 3.10, in the frame object; 0 = not needed */
    int not_python; /* owners from this on are the interpreter's own entry frames; NO_OWNER: a frame does not say whose it is */
    uint64_t instruction_bits; /* those that count of what lies at `instruction`: an index has 32 */
} Layout;
extern Layout layout;

enum { NO_OWNER = 1 + INT8_MAX };

typedef const char *Frame;

#define AT(type, base, offset) (*(type const *)((base) + (offset)))

static inline Frame frame_skip_entries(Frame f) {
    while (f && unlikely(AT(int8_t, f, layout.owner) >= layout.not_python)) f = AT(Frame, f, layout.previous);
    return f;
}
static inline Frame frame_top(void) {
    const char *state = (const char *)PyThreadState_Get();
    if (layout.cframe) state = AT(const char *, state, layout.cframe);
    return frame_skip_entries(AT(Frame, state, layout.current));
}
/* site.c */
bool site_of_frame(Frame f, int *up, uint32_t *site, bool *loop);

static inline Frame frame_previous(Frame f) { return frame_skip_entries(AT(Frame, f, layout.previous)); }

/* 3.14 keeps flags in the low bits of the reference */
static inline uintptr_t frame_code(Frame f) { return AT(uintptr_t, f, layout.code) & ~(uintptr_t)3; }

/* A number that differs for every instruction of a code object: an address, or in 3.10 an index. */
static inline uintptr_t frame_instruction(Frame f) {
    return AT(uintptr_t, f, layout.instruction) & layout.instruction_bits;
}
#endif
