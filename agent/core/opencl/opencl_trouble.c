/* What goes wrong before there is a command: no driver, no device of the kind that is asked for, a program that does not build.
 * In: the library's answer, which the program has unchanged. Out: one sentence for the trace, once for a place in the program. */
#include "opencl.h"
#include <stdio.h>
#include <string.h>

enum { CL_DEVICE_NOT_FOUND = -1, CL_PLATFORM_NOT_FOUND_KHR = -1001, MOST_SITES = 64 };

/* "{place}" in the text is where the program is. */
static void say_once(const char *text) {
    static struct {
        uint32_t site;
        uint64_t text;
    } said[MOST_SITES];
    static uint32_t n;
    uint32_t site = site_left();
    uint64_t hash = shared_hash(text);
    opencl_lock();
    bool known = n == MOST_SITES;
    for (uint32_t i = 0; i < n && !known; i++) known = said[i].site == site && said[i].text == hash;
    if (!known) said[n].site = site, said[n++].text = hash;
    opencl_unlock();
    if (!known) say_note_at(text, site);
}

cl_int our_GetPlatformIDs(cl_uint room, cl_platform_id *platforms, cl_uint *count) {
    cl_int status = cl.GetPlatformIDs(room, platforms, count);
    if (status == CL_PLATFORM_NOT_FOUND_KHR || (!status && count && *count == 0))
        say_once("OpenCL finds no driver, so {place} has no device: `python -m pip install pocl-binary-distribution` adds one "
                 "for the processor, a GPU needs its vendor's.");
    return status;
}

cl_int our_GetDeviceIDs(cl_platform_id platform, cl_bits type, cl_uint room, cl_device_id *devices, cl_uint *count) {
    cl_int status = cl.GetDeviceIDs(platform, type, room, devices, count);
    if (status != CL_DEVICE_NOT_FOUND) return status;
    char name[128] = "?", text[256];
    if (cl.GetPlatformInfo) cl.GetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
    const char *lacks = type == CL_DEVICE_TYPE_GPU ? "no GPU, which {place} asks for" : "no device of the kind that {place} asks for";
    snprintf(text, sizeof text, "The OpenCL platform %s has %s.", name, lacks);
    say_once(text);
    return status;
}

static cl_int tell_build(cl_int status, const char *what) {
    char text[160];
    if (!status) return status;
    snprintf(text, sizeof text, "OpenCL could not %s the program of {place}: its exception has the compiler's log.", what);
    say_once(text);
    return status;
}
cl_int our_BuildProgram(cl_program program, cl_uint n, const cl_device_id *devices, const char *options, void *notify, void *with) {
    return tell_build(cl.BuildProgram(program, n, devices, options, notify, with), "build");
}
cl_int our_CompileProgram(cl_program program, cl_uint n, const cl_device_id *devices, const char *options, cl_uint headers,
                          const cl_program *header, const char **names, void *notify, void *with) {
    return tell_build(cl.CompileProgram(program, n, devices, options, headers, header, names, notify, with), "compile");
}
cl_program our_LinkProgram(cl_context context, cl_uint n, const cl_device_id *devices, const char *options, cl_uint parts,
                           const cl_program *part, void *notify, void *with, cl_int *error) {
    cl_int status = 0;
    cl_program linked = cl.LinkProgram(context, n, devices, options, parts, part, notify, with, &status);
    tell_build(status, "link");
    if (error) *error = status;
    return linked;
}
