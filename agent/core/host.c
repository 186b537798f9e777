/* On which machine this is, and which clock it reads. Two processes whose clocks are called the same read the same time;
 * any others are put on one clock afterwards, by the messages between them (main/merge).
 *
 *   <boot id> <inode of the time namespace> <its offset, s>     a namespace that has gone leaves its inode to a later one
 *
 * Read anew each time: a forked child may be in another namespace than its parent. (Rejected: the host's name. Containers
 * of one machine have several and one clock; machines made from one image have one and several clocks.) */
#include "core.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void read_line(const char *path, char *text, size_t room) {
    text[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, text, room - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
}

/* Valid until the next call, as the clock's below. */
const char *host_name(void) {
    static struct utsname about;
    return uname(&about) == 0 && about.nodename[0] ? about.nodename : "localhost";
}

const char *host_clock(void) {
    static char clock[128];
    char boot[48], space[32] = "", offset[64];
    read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    if (!boot[0]) return host_name(); /* no such files: one clock a machine, and its name is all there is */
    ssize_t n = readlink("/proc/self/ns/time", space, sizeof space - 1);
    space[n > 0 ? n : 0] = 0;
    unsigned long inode = 0;
    long seconds = 0;
    sscanf(space, "time:[%lu]", &inode);
    read_line("/proc/self/timens_offsets", offset, sizeof offset);
    sscanf(offset, "monotonic %ld", &seconds);
    snprintf(clock, sizeof clock, "%s %lu %ld", boot, inode, seconds);
    return clock;
}
