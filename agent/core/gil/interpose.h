/* Calls of the interpreter into the C library, led through functions of ours (interpose.c). */
#ifndef INTERLEAVE_INTERPOSE_H
#define INTERLEAVE_INTERPOSE_H

/* Calls of `name` from the library or program that contains the address `inside` go to `ours`. How many places that are;
 * 0: it makes none that can be seen. */
int interpose(const char *name, void *ours, void *inside);
/* The same of all libraries that are loaded by now from files in the folder; it may be one such file itself. */
int interpose_under(const char *name, void *ours, const char *folder);
#endif
