/* Two lists of pending events, one event an actor, earliest (tick, kind, actor) first; ACTORS, KIND are the program's.

   Without HEAP: buckets of equal width over the run, each a sorted list threaded through the actors.
   With HEAP: a binary heap of actors that knows where each of them stands, so that an event can be taken out. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int32_t tick, kind; /* kind 0: none */
    int32_t next, prev; /* neighbours in the bucket; with HEAP `next` is the place in the heap */
} Pending;

typedef struct {
    Pending *at;
    int32_t *bucket; /* or the heap */
    int32_t now, count, shift, buckets;
} Calendar;

static inline int before(const Pending *at, int32_t a, int32_t b) {
    if (at[a].tick != at[b].tick) return at[a].tick < at[b].tick;
    if (at[a].kind != at[b].kind) return at[a].kind < at[b].kind;
    return a < b;
}

#ifdef HEAP

static void calendar_open(Calendar *c, int32_t actors, int32_t end, int shift) {
    (void)end; (void)shift;
    c->at = calloc(actors, sizeof(Pending));
    c->bucket = malloc(sizeof(int32_t) * (actors + 1));
    c->count = 0;
}

static inline void rise(Calendar *c, int32_t i, int32_t a) {
    while (i > 0) {
        int32_t up = (i - 1) >> 1;
        if (!before(c->at, a, c->bucket[up])) break;
        c->bucket[i] = c->bucket[up];
        c->at[c->bucket[i]].next = i;
        i = up;
    }
    c->bucket[i] = a;
    c->at[a].next = i;
}

static inline void sink(Calendar *c, int32_t i, int32_t a) {
    for (;;) {
        int32_t down = 2 * i + 1;
        if (down >= c->count) break;
        if (down + 1 < c->count && before(c->at, c->bucket[down + 1], c->bucket[down])) down++;
        if (!before(c->at, c->bucket[down], a)) break;
        c->bucket[i] = c->bucket[down];
        c->at[c->bucket[i]].next = i;
        i = down;
    }
    c->bucket[i] = a;
    c->at[a].next = i;
}

static inline void plan(Calendar *c, int32_t a, int32_t tick, int32_t kind) {
    c->at[a].tick = tick;
    c->at[a].kind = kind;
    rise(c, c->count++, a);
}

static inline void cancel(Calendar *c, int32_t a) {
    if (!c->at[a].kind) return;
    int32_t i = c->at[a].next, last = c->bucket[--c->count];
    c->at[a].kind = 0;
    if (last == a) return;
    if (i > 0 && before(c->at, last, c->bucket[(i - 1) >> 1])) rise(c, i, last);
    else sink(c, i, last);
}

/* Return the earliest actor, -1: nothing is pending. `bound` is a tick beyond which nobody needs to look. */
static inline int32_t earliest(Calendar *c, int32_t bound) {
    (void)bound;
    return c->count ? c->bucket[0] : -1;
}

#else

static void calendar_open(Calendar *c, int32_t actors, int32_t end, int shift) {
    c->at = calloc(actors, sizeof(Pending));
    c->buckets = (end >> shift) + 1;
    c->bucket = malloc(sizeof(int32_t) * c->buckets);
    memset(c->bucket, 255, sizeof(int32_t) * c->buckets);
    c->shift = shift;
    c->now = 0;
}

static inline void plan(Calendar *c, int32_t a, int32_t tick, int32_t kind) {
    Pending *at = c->at;
    at[a].tick = tick;
    at[a].kind = kind;
    int32_t b = tick >> c->shift, previous = -1, i = c->bucket[b];
    while (i >= 0 && before(at, i, a)) { previous = i; i = at[i].next; }
    at[a].prev = previous;
    at[a].next = i;
    if (previous >= 0) at[previous].next = a; else c->bucket[b] = a;
    if (i >= 0) at[i].prev = a;
}

static inline void cancel(Calendar *c, int32_t a) {
    Pending *at = c->at;
    if (!at[a].kind) return;
    int32_t previous = at[a].prev, i = at[a].next;
    if (previous >= 0) at[previous].next = i; else c->bucket[at[a].tick >> c->shift] = i;
    if (i >= 0) at[i].prev = previous;
    at[a].kind = 0;
}

static inline int32_t earliest(Calendar *c, int32_t bound) {
    int32_t b = c->now, last = bound >> c->shift;
    while (c->bucket[b] < 0 && b < last) b++;
    c->now = b;
    return c->bucket[b];
}

#endif

static void calendar_close(Calendar *c) {
    free(c->at);
    free(c->bucket);
}
