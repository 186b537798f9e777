/* Channels: the messages of one tag from one rank to another in one communicator, and which of them a call sends or receives.
 *
 * MPI lets no message overtake another of the same channel, and lets receives have them in the order in which they were
 * posted. So the n-th sent is the n-th received, and each rank counts for itself, without a byte added to what travels:
 *
 *   send            the n-th of this rank into the channel
 *   receive         of one source and one tag: the n-th posted for the channel, known when it is posted
 *   … of any        takes from a channel that is known when it is over. Until then, whatever is posted after it and could have
 *                   been passed over for it waits for its number in a queue, in the order of posting:
 *
 *     posted   any, 7 ─ 1, 7 ─ 1, 7 ─ any, 7          over: the 2nd → its number is not known, it is told without (0)
 *                                                      over: the 1st, from rank 1 → 1st has 1, 2nd has 2, 3rd has 3
 *
 * A number that is not certain is 0: no arrow. That is so as well for calls of two threads that are in the same channel at the
 * same time, as MPI leaves their order open; the first of two sends has its number already when the second comes, and could be
 * overtaken only between giving the GIL away and MPI's first instruction. After a receive that was given up (Cancel, Free), what
 * it may have taken is not known: the numbers of its channel, or of all of its communicator, end there. */
#include "mpi.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ROOM = 64 };
static Channel **channels; /* open addressing by communicator, peer, tag and direction */
static uint32_t room, filled;
static Post *spare;

/* ── channels ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static uint32_t slot_of(const Communicator *c, int peer, int tag, bool out) {
    uint64_t h = ((uintptr_t)c >> 4 ^ (uint64_t)(uint32_t)peer << 33 ^ (uint64_t)(uint32_t)tag << 1 ^ out) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) & (room - 1);
}

static inline bool is(const Channel *c, const Communicator *comm, int peer, int tag, bool out) {
    return c->comm == comm && c->peer == peer && c->tag == tag && c->out == out;
}

static Channel **place_of(const Communicator *c, int peer, int tag, bool out) {
    uint32_t i = slot_of(c, peer, tag, out);
    while (channels[i] && !is(channels[i], c, peer, tag, out)) i = (i + 1) & (room - 1);
    return &channels[i];
}

static bool grow(void) {
    Channel **old = channels;
    uint32_t n = room;
    Channel **bigger = calloc(n ? n * 2 : FIRST_ROOM, sizeof *bigger);
    if (!bigger) return false;
    channels = bigger, room = n ? n * 2 : FIRST_ROOM;
    for (uint32_t i = 0; i < n; i++)
        if (old[i]) *place_of(old[i]->comm, old[i]->peer, old[i]->tag, old[i]->out) = old[i];
    free(old);
    return true;
}

rarely static void say(const Channel *c) {
    gil_took(); /* of a receive that a new channel comes with */
    const Communicator *comm = c->comm;
    int32_t here = comm->world ? comm->world[comm->rank] : -1, there = comm->peer_world ? comm->peer_world[c->peer] : -1;
    int32_t from = c->out ? here : there, to = c->out ? there : here;
    char text[192];
    if (*comm->key) {
        snprintf(text, sizeof text, "%s:%d>%d:%d", comm->key, from, to, c->tag);
        shared_say(c->serial, text);
    }
    if (here >= 0 && there >= 0) {
        Line l = line_of("ends");
        line_number(&l, "object", c->serial);
        line_utf8(&l, "group", mpi.job);
        line_number(&l, "from", from);
        line_number(&l, "to", to);
        line_send(&l);
    }
    const char *where = *comm->name ? comm->name : "communicator";
    char tag[24] = "any tag";
    if (c->tag != mpi.any_tag) snprintf(tag, sizeof tag, "tag %d", c->tag);
    snprintf(text, sizeof text, "%d → %d, %s, %s", from >= 0 ? from : c->peer, to >= 0 ? to : c->peer, tag, where);
    say_object_name(c->serial, text);
    emit(now(), IL_EV_NEW, IL_OBJ_CHANNEL, c->serial, 0, 0, 0); /* no line makes one */
}

rarely static Channel *make(Communicator *comm, int peer, int tag, bool out) {
    if (filled * 2 >= room && !grow()) return NULL;
    Channel *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    *c = (Channel){.comm = comm, .peer = peer, .tag = tag, .out = out, .serial = next_serial()};
    *place_of(comm, peer, tag, out) = c;
    filled++;
    say(c);
    return c;
}

Channel *channel_find(Communicator *comm, int peer, int tag, bool out) {
    if (peer < 0 || peer >= comm->peers || tag < 0) return NULL;
    Channel *c = room ? *place_of(comm, peer, tag, out) : NULL;
    if (!c && !(c = make(comm, peer, tag, out))) return NULL;
    return *(out ? &comm->out : &comm->in) = c;
}

void channel_remember(Channel *c, PyObject *peer, PyObject *tag) {
    if (!c || !peer || !tag || !PyLong_CheckExact(peer) || !PyLong_CheckExact(tag)) return;
    PyObject *before[] = {c->peer_object, c->tag_object};
    c->peer_object = Py_NewRef(peer), c->tag_object = Py_NewRef(tag);
    Py_XDECREF(before[0]);
    Py_XDECREF(before[1]);
}

/* What a receive waits for: its channel, or where only the tag may be any, one that no message is ever in; 0: any rank's. */
uint32_t awaited(Communicator *comm, int source, int tag) {
    if (tag != mpi.any_tag || source < 0 || source >= comm->peers) return serial_of(channel_of(comm, source, tag, false));
    Channel *c = room ? *place_of(comm, source, tag, false) : NULL;
    if (!c) c = make(comm, source, tag, false);
    return serial_of(c);
}

/* ── numbers of sends ───────────────────────────────────────────────────────────────────────────────────────────── */
uint32_t send_begins(Channel *c) {
    c->count++;
    return c->calls++ || c->lost ? 0 : c->count;
}

void send_returns(Channel *c, uint32_t number, bool sent) {
    c->calls--;
    if (sent) return;
    if (number && number == c->count) c->count--;
    else c->lost = true;
}

/* ── numbers of receives ────────────────────────────────────────────────────────────────────────────────────────── */
static bool may_take(const Post *p, int source, int tag) {
    return (p->source == mpi.any_source || p->source == source) && (p->tag == mpi.any_tag || p->tag == tag);
}

/* A receive of any source or tag stands before it in the queue that may still take what it would have. */
static bool is_behind_another(const Post *p) {
    for (const Post *q = p->comm->first; q && q != p; q = q->next)
        if (!q->channel && may_take(q, p->channel->peer, p->channel->tag)) return true;
    return false;
}

static void give_number(Post *p) {
    Channel *c = p->channel;
    c->count++;
    p->number = p->doubtful || c->lost || p->comm->lost ? 0 : c->count;
}

static void put_away(Post *p) { p->next = spare, spare = p; }

static void unqueue(Post *p) {
    Communicator *c = p->comm;
    for (Post **at = &c->first; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            if (!p->next) c->last = at;
            break;
        }
    p->queued = false;
}

rarely static void settle(Communicator *c) {
    for (Post *p = c->first, *next; p; p = next) {
        next = p->next;
        if (!p->channel || is_behind_another(p)) continue;
        give_number(p);
        unqueue(p);
        if (p->told) put_away(p);
    }
}

often Post *post_into(Communicator *comm, Channel *channel, int source, int tag) {
    Post *p = spare;
    if (likely(p != NULL)) spare = p->next;
    else if (!(p = malloc(sizeof *p))) return NULL;
    *p = (Post){.comm = comm, .channel = channel, .source = source, .tag = tag};
    if (unlikely(!channel || comm->first)) {
        p->queued = true;
        *comm->last = p;
        comm->last = &p->next;
        if (channel) settle(comm);
    } else
        give_number(p);
    if (channel) {
        if (unlikely(channel->inside != NULL)) {
            channel->inside->doubtful = p->doubtful = true;
            channel->inside->number = p->number = 0;
        }
        channel->inside = p;
    }
    return p;
}

Post *post_begins(Communicator *comm, int source, int tag) {
    bool any = source == mpi.any_source || tag == mpi.any_tag;
    Channel *channel = any ? NULL : channel_of(comm, source, tag, false);
    return any || channel ? post_into(comm, channel, source, tag) : NULL;
}

void post_returns(Post *p) {
    if (p->channel && p->channel->inside == p) p->channel->inside = NULL;
}

often void post_matched(Post *p, int source, int tag) {
    if (!p->channel) p->channel = channel_of(p->comm, source, tag, false);
    if (p->queued) settle(p->comm);
}

void post_told(Post *p) {
    p->told = true;
    if (!p->queued) put_away(p);
}

void post_undo(Post *p) {
    if (p->queued) {
        unqueue(p);
        settle(p->comm);
    } else if (p->channel && p->number == p->channel->count)
        p->channel->count--;
    else if (p->channel)
        p->channel->lost = true;
    put_away(p);
}

void post_abandon(Post *p) {
    if (p->channel) p->channel->lost = true;
    else p->comm->lost = true;
    if (p->queued) unqueue(p);
    put_away(p);
}
