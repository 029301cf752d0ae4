/* M/M/s and M/M/s+M by hand: one queue, `servers` equal servers, services and patience given in ticks.

   m1_scan keeps the end of every server in an array and looks through it; m1_heap and m2 have a list of events.
   `out`: customers answered, customers who gave up, ticks waited by all, ticks spent in the system. */

#include "calendar.h"

#define ENDS 1
#define GIVES_UP 6
#define NEVER INT32_MAX

void m1_scan(int32_t n, int32_t servers, const int32_t *arrives, const int32_t *takes, int64_t *out) {
    int32_t end[64], who[64];
    int32_t busy = 0, arrived = 0, first = 0; /* customers start in the order in which they come */
    int64_t waited = 0, stayed = 0;
    int32_t soonest = NEVER, at = -1;
    for (;;) {
        int32_t next = arrived < n ? arrives[arrived] : NEVER;
        if (soonest <= next) {
            if (soonest == NEVER) break;
            stayed += soonest - arrives[who[at]];
            if (first < arrived) {
                waited += soonest - arrives[first];
                end[at] = soonest + takes[first];
                who[at] = first++;
            } else {
                busy--;
                end[at] = end[busy];
                who[at] = who[busy];
            }
        } else {
            if (busy < servers) {
                end[busy] = next + takes[arrived];
                who[busy++] = arrived;
                first++;
            }
            arrived++;
        }
        soonest = NEVER;
        for (int32_t k = 0; k < busy; k++) {
            if (end[k] < soonest) { soonest = end[k]; at = k; }
        }
    }
    out[0] = n; out[1] = 0; out[2] = waited; out[3] = stayed;
}

void m1_heap(int32_t n, int32_t servers, const int32_t *arrives, const int32_t *takes, int64_t *out) {
    struct { int32_t end, who; } heap[64];
    int32_t busy = 0, arrived = 0, first = 0;
    int64_t waited = 0, stayed = 0;
    for (;;) {
        int32_t next = arrived < n ? arrives[arrived] : NEVER;
        if (busy && heap[0].end <= next) {
            int32_t now = heap[0].end, tick, who;
            stayed += now - arrives[heap[0].who];
            if (first < arrived) {
                waited += now - arrives[first];
                tick = now + takes[first];
                who = first++;
            } else {
                busy--;
                tick = heap[busy].end;
                who = heap[busy].who;
            }
            int32_t i = 0;
            for (;;) {
                int32_t down = 2 * i + 1;
                if (down >= busy) break;
                if (down + 1 < busy && heap[down + 1].end < heap[down].end) down++;
                if (heap[down].end >= tick) break;
                heap[i] = heap[down];
                i = down;
            }
            heap[i].end = tick;
            heap[i].who = who;
        } else if (next < NEVER) {
            if (busy < servers) {
                int32_t i = busy++, tick = next + takes[arrived];
                while (i > 0 && heap[(i - 1) >> 1].end > tick) { heap[i] = heap[(i - 1) >> 1]; i = (i - 1) >> 1; }
                heap[i].end = tick;
                heap[i].who = arrived;
                first++;
            }
            arrived++;
        } else break;
    }
    out[0] = n; out[1] = 0; out[2] = waited; out[3] = stayed;
}

void m2(int32_t n, int32_t servers, int32_t end, int32_t shift, const int32_t *arrives, const int32_t *takes,
        const int32_t *patience, int64_t *out) {
    Calendar c;
    calendar_open(&c, n, end, shift);
    struct { int32_t behind, ahead; } *line = malloc(sizeof(*line) * n);
    int32_t idle = servers, arrived = 0, first = -1, last = -1;
    int64_t answered = 0, gave_up = 0, waited = 0, stayed = 0;
    for (;;) {
        int32_t next = arrived < n ? arrives[arrived] : NEVER;
        int32_t a = earliest(&c, next < end ? next : end - 1);
        if (a >= 0 && c.at[a].tick <= next) {
            int32_t now = c.at[a].tick;
            if (c.at[a].kind == ENDS) {
                cancel(&c, a);
                answered++;
                stayed += now - arrives[a];
                if (first >= 0) {
                    int32_t v = first;
                    first = line[v].behind;
                    if (first >= 0) line[first].ahead = -1; else last = -1;
                    waited += now - arrives[v];
                    cancel(&c, v);
                    plan(&c, v, now + takes[v], ENDS);
                } else idle++;
            } else {
                cancel(&c, a);
                gave_up++;
                waited += now - arrives[a];
                stayed += now - arrives[a];
                int32_t before = line[a].ahead, after = line[a].behind;
                if (before >= 0) line[before].behind = after; else first = after;
                if (after >= 0) line[after].ahead = before; else last = before;
            }
        } else if (next < NEVER) {
            int32_t v = arrived++;
            if (idle) {
                idle--;
                plan(&c, v, next + takes[v], ENDS);
            } else {
                line[v].ahead = last;
                line[v].behind = -1;
                if (last >= 0) line[last].behind = v; else first = v;
                last = v;
                plan(&c, v, next + patience[v], GIVES_UP);
            }
        } else break;
    }
    out[0] = answered; out[1] = gave_up; out[2] = waited; out[3] = stayed;
    free(line);
    calendar_close(&c);
}
