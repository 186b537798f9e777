/* The side file of this process: what is said once, as JSON lines (wire/side-file.ts). It is written through a window of
 * memory, as the events are: open, write and close for each line cost nine microseconds. Zeros follow the last line.
 * In come Python strings, out goes UTF-8; half a surrogate pair becomes U+FFFD, the password of an address ***. */
#include "core.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_ROOM = 512 /* most lines fit */, LARGEST_WINDOW = 256 << 10 };
static struct {
    char path[PATH_MAX];
    char *window;
    size_t size, used;
    off_t from; /* where the window lies in the file */
    bool lost;  /* a line found no room: an empty one in its place is counted by the reader */
} side;
static pthread_mutex_t pen = PTHREAD_MUTEX_INITIALIZER; /* writers of devices have no GIL */

void names_in(const char *path) {
    pthread_mutex_init(&pen, NULL); /* in a forked child another thread may have held it */
    if (side.window) munmap(side.window, side.size);
    memset(&side, 0, sizeof side);
    snprintf(side.path, sizeof side.path, "%s", path);
}

/* A window for `n` more bytes: it begins with the page in which the text ends, and is twice as large as the last one. */
static bool room_for(size_t n) {
    size_t page = IL_HEADER_BYTES, over = side.used % page, size = side.size * 2;
    if (side.window && side.used + n <= side.size) return true;
    if (size > LARGEST_WINDOW) size = LARGEST_WINDOW;
    if (size < over + n) size = (over + n + page - 1) / page * page;
    off_t from = side.from + (off_t)(side.used - over);
    char *window = map_more(side.path, from, size, O_CREAT);
    if (!window) return false;
    if (side.window) munmap(side.window, side.size);
    side.window = window, side.size = size, side.from = from, side.used = over;
    return true;
}

static void add(Line *l, const char *text, size_t n) {
    if (l->length + n + 1 > l->room) {
        size_t room = (l->length + n + 1) * 2;
        if (room < FIRST_ROOM) room = FIRST_ROOM;
        char *bigger = realloc(l->text, room);
        if (!bigger) return;
        l->text = bigger, l->room = room;
    }
    memcpy(l->text + l->length, text, n);
    l->length += n;
    l->text[l->length] = 0;
}

/* A password in an address, scheme://user:password@host, which no line may have: from behind its colon to its last @, as
 * main/run/passwords.ts says. `at` is behind "://"; both are 0 when there is none. */
typedef struct {
    size_t from, to;
} Password;

static Password password_in(const char *utf8, size_t at, size_t n) {
    Password p = {0, 0};
    size_t colon = 0;
    for (size_t i = at; i < n && !strchr("/?#", utf8[i]) && (unsigned char)utf8[i] > ' '; i++) {
        if (utf8[i] == ':' && !colon) colon = i + 1;
        if (utf8[i] == '@' && !colon) break;
        if (utf8[i] == '@') p = (Password){colon, i};
    }
    return p;
}

static void add_quoted(Line *l, const char *utf8, size_t n) {
    add(l, "\"", 1);
    for (size_t i = 0, from = 0; i <= n; i++) {
        unsigned char c = i < n ? (unsigned char)utf8[i] : '"';
        if (c == '/' && i > 1 && utf8[i - 1] == '/' && utf8[i - 2] == ':') {
            Password p = password_in(utf8, i + 1, n);
            if (!p.to) continue;
            add(l, utf8 + from, p.from - from);
            add(l, "***", 3);
            i = from = p.to;
            continue;
        }
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        add(l, utf8 + from, i - from);
        from = i + 1;
        char escape[8];
        if (i < n) add(l, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
    }
    add(l, "\"", 1);
}

static void add_key(Line *l, const char *key) {
    add(l, l->length > 1 ? ",\"" : "\"", l->length > 1 ? 2 : 1);
    add(l, key, strlen(key));
    add(l, "\":", 2);
}

Line line_of(const char *kind) {
    Line l = {0};
    add(&l, "{", 1);
    line_utf8(&l, "k", kind);
    return l;
}

void line_number(Line *l, const char *key, int64_t value) {
    char digits[24];
    add_key(l, key);
    add(l, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value));
}

void line_flag(Line *l, const char *key, bool value) {
    add_key(l, key);
    add(l, value ? "true" : "false", value ? 4 : 5);
}

void line_utf8(Line *l, const char *key, const char *text) {
    add_key(l, key);
    add_quoted(l, text, strlen(text));
}

void line_raw(Line *l, const char *json) { add(l, json, strlen(json)); }

void line_list(Line *l, const char *key) {
    add_key(l, key);
    add(l, "[", 1);
}

/* str with half a pair in it → bytes of valid UTF-8, a new reference. */
static PyObject *to_valid_utf8(PyObject *text) {
    PyObject *wide = PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass");
    PyObject *clean = wide ? PyUnicode_Decode(PyBytes_AsString(wide), PyBytes_Size(wide), "utf-16-le", "replace") : NULL;
    PyObject *bytes = clean ? PyUnicode_AsEncodedString(clean, "utf-8", "strict") : NULL;
    Py_XDECREF(wide);
    Py_XDECREF(clean);
    PyErr_Clear();
    return bytes;
}

void line_text(Line *l, const char *key, PyObject *text) {
    if (!text || !PyUnicode_Check(text)) return;
    Py_ssize_t n;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &n);
    PyObject *bytes = NULL;
    if (!utf8) {
        PyErr_Clear();
        if (!(bytes = to_valid_utf8(text))) return;
        utf8 = PyBytes_AsString(bytes), n = PyBytes_Size(bytes);
    }
    if (key) add_key(l, key);
    add_quoted(l, utf8, (size_t)n);
    Py_XDECREF(bytes);
}

void line_send(Line *l) {
    add(l, "}\n", 2);
    if (l->text && channel_ready()) {
        pthread_mutex_lock(&pen);
        if (room_for(l->length + 1)) {
            if (side.lost) side.window[side.used++] = '\n';
            memcpy(side.window + side.used, l->text, l->length);
            side.used += l->length;
            side.lost = false;
        } else {
            side.lost = true;
        }
        pthread_mutex_unlock(&pen);
    }
    free(l->text);
    *l = (Line){0};
}

void say_object_name(uint32_t serial, const char *name) {
    Line l = line_of("name");
    line_number(&l, "object", serial);
    line_utf8(&l, "name", name);
    line_send(&l);
}

void say_note(const char *text) { say_note_at(text, 0); }
void say_note_at(const char *text, uint32_t site) {
    Line l = line_of("note");
    line_utf8(&l, "text", text);
    if (site) line_number(&l, "site", site);
    line_send(&l);
}
