/* A day of the branch cluster (m3 of benchmarks/models.py) by hand.

   Everything is a constant that the model's author knows: 20 branches, one lobby manager, three tellers and two kiosks
   in each, three groups of four agents, two supervisors. `given` has eight numbers of ticks for each visit: triage,
   patience for the window, window; patience for a seat, work; patience for a supervisor, signing; delivery.
   `choice`: bit 0 the visit needs a supervisor, bit 1 it is handed over.
   `out`: served, gave up, ticks waited for triage, window, seat, supervisor, delivery, ticks in the system, events. */

#include "calendar.h"

#define BRANCHES 20
#define ENDS 1
#define GIVES_UP 6
#define NEVER INT32_MAX

enum { TRIAGE, WINDOW, SEAT, SIGN, DELIVERY };
enum { OF_TRIAGE, PATIENCE_WINDOW, OF_WINDOW, PATIENCE_SEAT, OF_WORK, PATIENCE_SIGN, OF_SIGN, OF_DELIVERY };

typedef struct {
    int32_t behind, ahead, joined;
    uint8_t stage, branch, skill, group;
} Visit;

typedef struct { int32_t first, last; } Line;

typedef struct {
    Calendar calendar;
    Visit *visit;
    const int32_t *given;
    const uint8_t *choice;
    int64_t *out;
    int32_t now;
    int32_t lobby[BRANCHES], teller[BRANCHES], kiosk[BRANCHES], agent[3], supervisor;
    Line for_lobby[BRANCHES], for_window[BRANCHES], for_delivery[BRANCHES], for_seat[3], for_sign;
    int32_t waits_here[BRANCHES], waits_of[BRANCHES][3];
} Day;

static const uint8_t TEAM[3][2] = {{0, 2}, {0, 1}, {1, 2}}; /* groups of a skill, in order of preference */
static const uint8_t SKILL[3][2] = {{0, 1}, {1, 2}, {0, 2}}; /* skills of a group */

static inline void join(Day *d, Line *line, int32_t v) {
    Visit *visit = d->visit;
    int32_t ahead = line->last;
    visit[v].joined = d->now;
    while (ahead >= 0 && visit[ahead].joined == d->now && ahead > v) ahead = visit[ahead].ahead;
    int32_t behind = ahead >= 0 ? visit[ahead].behind : line->first;
    visit[v].ahead = ahead;
    visit[v].behind = behind;
    if (ahead >= 0) visit[ahead].behind = v; else line->first = v;
    if (behind >= 0) visit[behind].ahead = v; else line->last = v;
}

static inline void quit(Day *d, Line *line, int32_t v) {
    Visit *visit = d->visit;
    int32_t ahead = visit[v].ahead, behind = visit[v].behind;
    if (ahead >= 0) visit[ahead].behind = behind; else line->first = behind;
    if (behind >= 0) visit[behind].ahead = ahead; else line->last = ahead;
    d->out[2 + visit[v].stage] += d->now - visit[v].joined;
}

static inline void begin(Day *d, int32_t v, int what) {
    plan(&d->calendar, v, d->now + d->given[8 * v + what], ENDS);
}

static inline void wait(Day *d, Line *line, int32_t v, int what) {
    join(d, line, v);
    plan(&d->calendar, v, d->now + d->given[8 * v + what], GIVES_UP);
}

static inline int takes_seat(Day *d, int32_t v) {
    int b = d->visit[v].branch, s = d->visit[v].skill;
    if (!d->kiosk[b]) return 0;
    int g = d->agent[TEAM[s][0]] ? TEAM[s][0] : TEAM[s][1];
    if (!d->agent[g]) return 0;
    d->kiosk[b]--;
    d->agent[g]--;
    d->visit[v].group = g;
    return 1;
}

static inline void seat_starts(Day *d, int32_t v) {
    int b = d->visit[v].branch, s = d->visit[v].skill;
    cancel(&d->calendar, v);
    quit(d, &d->for_seat[s], v);
    d->waits_here[b]--;
    d->waits_of[b][s]--;
    takes_seat(d, v);
    begin(d, v, OF_WORK);
}

static inline int32_t earlier(const Visit *visit, int32_t a, int32_t b) {
    if (a < 0) return b;
    if (b < 0) return a;
    if (visit[a].joined != visit[b].joined) return visit[a].joined < visit[b].joined ? a : b;
    return a < b ? a : b;
}

/* Kiosk of branch b and an agent of group g have become free: first the agents' pool is looked at, then the kiosks'. */
static inline void seat_is_free(Day *d, int b, int g) {
    const Visit *visit = d->visit;
    for (;;) {
        int32_t best = -1;
        for (int k = 0; k < 2; k++) {
            int s = SKILL[g][k];
            if (!d->agent[TEAM[s][0]] && !d->agent[TEAM[s][1]]) continue;
            int32_t v = d->for_seat[s].first;
            while (v >= 0 && !d->kiosk[visit[v].branch]) v = visit[v].behind;
            best = earlier(visit, best, v);
        }
        if (best < 0) break;
        seat_starts(d, best);
    }
    while (d->kiosk[b] && d->waits_here[b]) {
        int32_t best = -1;
        for (int s = 0; s < 3; s++) {
            if (!d->waits_of[b][s] || (!d->agent[TEAM[s][0]] && !d->agent[TEAM[s][1]])) continue;
            int32_t v = d->for_seat[s].first;
            while (visit[v].branch != b) v = visit[v].behind;
            best = earlier(visit, best, v);
        }
        if (best < 0) break;
        seat_starts(d, best);
    }
}

static inline void teller_is_free(Day *d, int b) {
    int32_t v = d->for_delivery[b].first;
    if (v >= 0) {
        quit(d, &d->for_delivery[b], v);
        begin(d, v, OF_DELIVERY);
    } else if ((v = d->for_window[b].first) >= 0) {
        cancel(&d->calendar, v);
        quit(d, &d->for_window[b], v);
        begin(d, v, OF_WINDOW);
    } else d->teller[b]++;
}

void m3(int32_t n, int32_t end, int32_t shift, const int32_t *arrives, const uint8_t *branch, const int8_t *skill,
        const int32_t *given, const uint8_t *choice, int64_t *out) {
    Day day, *d = &day;
    Visit *visit = d->visit = malloc(sizeof(Visit) * n);
    calendar_open(&d->calendar, n, end, shift);
    d->given = given;
    d->choice = choice;
    d->out = out;
    memset(out, 0, sizeof(int64_t) * 9);
    memset(d->waits_here, 0, sizeof d->waits_here);
    memset(d->waits_of, 0, sizeof d->waits_of);
    for (int b = 0; b < BRANCHES; b++) {
        d->lobby[b] = 1; d->teller[b] = 3; d->kiosk[b] = 2;
        d->for_lobby[b] = d->for_window[b] = d->for_delivery[b] = (Line){-1, -1};
    }
    for (int g = 0; g < 3; g++) { d->agent[g] = 4; d->for_seat[g] = (Line){-1, -1}; }
    d->supervisor = 2;
    d->for_sign = (Line){-1, -1};
    int32_t arrived = 0;
    for (;;) {
        int32_t next = arrived < n ? arrives[arrived] : NEVER;
        int32_t v = earliest(&d->calendar, next < end ? next : end - 1);
        if (v < 0 || d->calendar.at[v].tick > next) {
            if (next == NEVER) break;
            d->now = next;
            v = arrived++;
            int b = visit[v].branch = branch[v];
            visit[v].skill = skill[v];
            visit[v].stage = TRIAGE;
            if (d->lobby[b]) { d->lobby[b]--; begin(d, v, OF_TRIAGE); }
            else join(d, &d->for_lobby[b], v);
            out[8]++;
            continue;
        }
        int b = visit[v].branch, s = (int8_t)visit[v].skill, stage = visit[v].stage;
        d->now = d->calendar.at[v].tick;
        out[8]++;
        if (d->calendar.at[v].kind == GIVES_UP) {
            cancel(&d->calendar, v);
            if (stage == WINDOW) quit(d, &d->for_window[b], v);
            else if (stage == SIGN) quit(d, &d->for_sign, v);
            else {
                quit(d, &d->for_seat[s], v);
                d->waits_here[b]--;
                d->waits_of[b][s]--;
            }
            out[1]++;
            out[7] += d->now - arrives[v];
            continue;
        }
        cancel(&d->calendar, v);
        if (stage == TRIAGE) {
            int32_t u = d->for_lobby[b].first;
            if (u >= 0) { quit(d, &d->for_lobby[b], u); begin(d, u, OF_TRIAGE); }
            else d->lobby[b]++;
            if (s < 0) {
                visit[v].stage = WINDOW;
                if (d->teller[b]) { d->teller[b]--; begin(d, v, OF_WINDOW); }
                else wait(d, &d->for_window[b], v, PATIENCE_WINDOW);
            } else {
                visit[v].stage = SEAT;
                if (takes_seat(d, v)) begin(d, v, OF_WORK);
                else {
                    wait(d, &d->for_seat[s], v, PATIENCE_SEAT);
                    d->waits_here[b]++;
                    d->waits_of[b][s]++;
                }
            }
            continue;
        }
        if (stage == SEAT) {
            int g = visit[v].group;
            d->kiosk[b]++;
            d->agent[g]++;
            seat_is_free(d, b, g);
            if (choice[v] & 1) {
                visit[v].stage = SIGN;
                if (d->supervisor) { d->supervisor--; begin(d, v, OF_SIGN); }
                else wait(d, &d->for_sign, v, PATIENCE_SIGN);
                continue;
            }
        } else if (stage == SIGN) {
            int32_t u = d->for_sign.first;
            if (u >= 0) { cancel(&d->calendar, u); quit(d, &d->for_sign, u); begin(d, u, OF_SIGN); }
            else d->supervisor++;
        } else teller_is_free(d, b);
        if ((stage == SEAT || stage == SIGN) && (choice[v] & 2)) {
            visit[v].stage = DELIVERY;
            if (d->teller[b]) { d->teller[b]--; begin(d, v, OF_DELIVERY); }
            else join(d, &d->for_delivery[b], v);
            continue;
        }
        out[0]++;
        out[7] += d->now - arrives[v];
    }
    free(visit);
    calendar_close(&d->calendar);
}
