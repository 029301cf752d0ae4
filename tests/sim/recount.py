"""Every measure counted again, the plain way: from the trace, straight from what docs/reference/measures.md says.

Nothing here is shared with `sim.measures`: visits are Python dictionaries, opening hours and pay come from the
scenario itself.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sim.model.fields import DAY_S
from sim.tables.sites import Sites

if TYPE_CHECKING:
    import sim
    from sim.tables import Day, Tables, Trace

Cell = tuple[str, str, str, str, int | str]
Counted = dict[Cell, tuple[float, float]]
ANY = "*"
STANDARD = ("served", "abandoned", "balked", "diverted", "referred", "closed", "blocked", "in_system")


class Recount:
    """One scenario's books; call with a replication."""

    def __init__(self, scenario: sim.Scenario, tables: Tables) -> None:
        self.scenario, self.tables = scenario, tables
        self.sites = Sites(scenario)
        run = scenario.run
        self.horizon = run.days * 86_400.0
        self.end = self.horizon + round(run.drain_s * 1000 / run.tick_ms) * run.tick_ms / 1000
        self.warm_up = round(run.warm_up_s * 1000 / run.tick_ms) * run.tick_ms / 1000
        self.interval = scenario.rules.interval_s
        self.starts = range(0, math.ceil(self.horizon), self.interval)
        self.team = dict(zip(tables.names.pools, tables.names.teams, strict=True))
        self.people = [name for name in tables.names.pools if self.team[name] in scenario.team]
        self.with_people = self.people or list(tables.names.pools)
        self.place_of = {post.name: self.sites.sites[post.site].name for post in self.sites.posts}

    # --- plans --------------------------------------------------------------------------------------------------

    def classes(self) -> list[str]:
        run = self.scenario.run
        return [run.day_class(day) for day in range(run.days)]

    def opening(self, place: str) -> list[tuple[float, float]]:
        """Return the opening hours of every day of the run, in seconds."""
        site = self.sites.sites[self.sites.index[place]]
        out = []
        for day, kind in enumerate(self.classes()):
            if "*" in site.place.open_on or kind in site.place.open_on:
                closes = min(site.place.closes, DAY_S) if site.never_closes else site.place.closes
                out.append((day * 86_400.0 + site.place.opens, day * 86_400.0 + closes))
        return out

    def doors(self, place: str) -> list[tuple[float, float]]:
        """Return when the doors are open; where they open before the staff comes, that may be the day before."""
        site = self.sites.sites[self.sites.index[place]]
        out: list[tuple[float, float]] = []
        for begin, end in self.opening(place):
            begin = begin if site.never_closes else max(0.0, begin - site.place.pre_open_s)
            if out and begin <= out[-1][1]:
                out[-1] = (out[-1][0], max(end, out[-1][1]))
            else:
                out.append((begin, end))
        return out

    def clip(self, begin: float, end: float) -> float:
        """Return the seconds of a span between warm-up and horizon."""
        return max(0.0, min(end, self.horizon) - max(begin, self.warm_up))

    def open_s(self, place: str) -> float:
        return sum(self.clip(begin, end) for begin, end in self.doors(place))

    def planned_hours(self, pool: str) -> float:
        """Return the paid hours of a team at one place, meals taken off, after the warm-up."""
        name, place = self.team[pool], self.place_of[pool]
        if name not in self.scenario.team:
            return 0.0

        def after(begin: float, end: float) -> float:
            return max(0.0, end - max(begin, self.warm_up))

        rows = [row for row in self.scenario.staffing if row.team == name]
        if not rows:
            staff = self.scenario.team[name].staff or 0
            return staff * sum(after(begin, end) for begin, end in self.opening(place)) / 3600
        template = self.sites.sites[self.sites.index[place]].template
        total = 0.0
        for day, kind in enumerate(self.classes()):
            for row in rows:
                if row.day_class in ("*", kind) and row.day in (None, day) and row.place in ("*", place, template):
                    midnight = day * 86_400.0
                    total += row.count * after(midnight + row.start, midnight + row.end)
                    total -= row.count * sum(after(midnight + a, midnight + b) for a, b in row.meal)
        return total / 3600

    def equipment_cost(self, pool: str) -> float:
        name = self.team[pool]
        if name not in self.scenario.pool:
            return 0.0
        spec = self.scenario.pool[name]
        days = 0.0
        for begin, end in self.opening(self.place_of[pool]):
            days += max(0.0, end - max(begin, self.warm_up)) / (end - begin)
        return spec.units * spec.cost_per_day * days

    # --- one replication ----------------------------------------------------------------------------------------

    def visits(self, day: Day, trace: Trace) -> list[dict[str, Any]]:
        """Return each visit with its waits, in seconds."""
        names, c = self.tables.names, self.tables.compiled
        human = [
            team in self.scenario.team and self.scenario.team[team].human
            for team in (self.team[p] for p in names.pools)
        ]
        out: list[dict[str, Any]] = []
        assert len(trace.results) == day.visit.size
        for arrived, left, outcome, stream, attempt in trace.results.tolist():
            out.append(
                {
                    "arrived": arrived / 1000 if arrived >= 0 else -math.inf,
                    "came": arrived >= 0,
                    "left": left / 1000 if left >= 0 else None,
                    "outcome": names.outcomes[outcome],
                    "first": attempt == 0,
                    "place": names.places[c.stream["place"][stream]],
                    "service": names.services[c.stream["service"][stream]],
                    "waits": [],
                    "called": [],
                    "events": [],
                    "human": math.inf,
                    "cost": 0.0,
                }
            )
        steps = {f"{name}/{step.name}": step for name in self.scenario.service for step in self.steps(name)}
        written = Counter()
        for _, _, visit, step in trace.entries.tolist():
            written[visit, step] += 1
        for tick, amount, visit, step in trace.entries.tolist():
            assert tick >= 0
            event = steps[names.steps[step]]
            out[visit]["cost"] += event.cost * amount
            out[visit]["events"].append((event.event, amount))
        for entered, started, ended, visit, step, need, unit, pool in trace.rows.tolist():
            one = out[visit]
            if not one["came"]:
                if unit >= 0:
                    one["called"].append(started / 1000)
            elif names.seizes[step]:
                if unit >= 0 and human[pool]:
                    one["human"] = min(one["human"], started / 1000)
                if need <= 0:
                    until = started if started >= 0 else ended
                    until = until / 1000 if until >= 0 else self.end
                    queue = c.seize[c.step["seize"][step], self.sites.index[one["place"]]]
                    one["waits"].append((names.seizes[step], entered / 1000, until, started >= 0, int(queue)))
            elif steps[names.steps[step]].kind == "event" and (visit, step) not in written:
                event = steps[names.steps[step]]
                one["cost"] += event.cost
                one["events"].append((event.event, event.amount))
        return out

    def steps(self, service: str) -> list[Any]:
        from sim.model import expand

        return expand(self.scenario.route, self.scenario.service[service])[0]

    def judged(self, visit: dict[str, Any]) -> tuple[float, bool, bool]:
        """Return the wait that counts, whether the visit asked for it, whether it was reached."""
        of = self.scenario.rules.wait_of
        finished = visit["outcome"] not in STANDARD[1:]
        waits = visit["waits"]
        if of == "all_waits":
            return sum(until - begin for _, begin, until, _, _ in waits), True, finished
        if of == "first_human":
            met = math.isfinite(visit["human"])
            return sum(u - b for _, b, u, _, _ in waits if b <= visit["human"]), met or not finished, met
        mine = [wait for wait in waits if f"seize:{wait[0]}" == of]
        return sum(until - begin for _, begin, until, _, _ in mine), bool(mine), any(wait[3] for wait in mine)

    def __call__(self, day: Day, trace: Trace) -> Counted:
        """Return (numerator, denominator) of every cell that this replication knows something of."""
        out: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
        visits = self.visits(day, trace)
        measured = [one for one in visits if self.warm_up <= one["arrived"] < self.horizon]
        self.count_visits(out, measured)
        self.count_called(out, visits)
        self.count_events(out, measured)
        self.count_time(out, visits, trace)
        self.count_money(out, visits, trace)
        return {cell: (top, low) for cell, (top, low) in out.items()}

    def count_visits(self, out: dict[Cell, list[float]], visits: list[dict[str, Any]]) -> None:
        rules, names = self.scenario.rules, self.tables.names
        groups: dict[tuple[str, str, int | str], list[dict[str, Any]]] = defaultdict(list)
        for place in (ANY, *names.places):
            for start in (ANY, *self.starts):
                groups[place, ANY, start] = []
        for service in names.services:
            groups[ANY, service, ANY] = []
        for one in visits:
            start = int(one["arrived"] // self.interval) * self.interval
            for place in (ANY, one["place"]) if self.scenario.service[one["service"]].customers else ():
                for when in (ANY, start):
                    groups[place, ANY, when].append(one)
            groups[ANY, one["service"], ANY].append(one)
        for (place, service, start), members in groups.items():

            def put(measure: str, top: float, low: float, at: Any = (place, service, ANY, start)) -> None:
                out[(measure, *at)] = [top, low]

            n = len(members)
            put("offered", n, 1)
            put("answered", sum(one["outcome"] not in STANDARD[1:] for one in members), 1)
            for outcome in STANDARD[1:]:
                put(outcome, sum(one["outcome"] == outcome for one in members), 1)
            if start == ANY:
                for outcome in {step.outcome for name in names.services for step in self.steps(name)} - {""}:
                    if outcome not in STANDARD:
                        put(f"outcome:{outcome}", sum(one["outcome"] == outcome for one in members), 1)
            put("retried", sum(not one["first"] for one in members), 1)
            first = [one for one in members if one["first"]]
            put("first_offered", len(first), 1)
            put("first_answered_share", sum(one["outcome"] not in STANDARD[1:] for one in first), len(first))
            lost = sum(one["outcome"] == "abandoned" for one in members)
            put("abandoned_share", lost, n)
            stays = [one["left"] - one["arrived"] for one in members if one["left"] is not None]
            put("time_in_system_mean_s", sum(stays), len(stays))
            judged = [(*self.judged(one), one["outcome"]) for one in members]
            reached = sorted(wait for wait, _, met, _ in judged if met)
            asked = sorted(wait for wait, came, _, _ in judged if came)
            put("wait_mean_s", sum(reached), len(reached))
            put("wait_all_mean_s", sum(asked), len(asked))
            quick = sum(wait <= rules.sl_threshold_s for wait in reached)
            gone = [w for w, came, met, how in judged if came and not met and how == "abandoned"]
            short = sum(wait <= rules.short_abandon_s for wait in gone)
            late_ok = sum(wait <= rules.sl_threshold_s for wait in gone)
            level = {
                "offered": (quick, len(asked)),
                "answered": (quick, len(reached)),
                "offered_minus_short": (quick, len(asked) - short),
                "ab_in_T_ok": (quick + late_ok, len(asked)),
            }
            put("service_level", *level[rules.sl_mode])
            if place == ANY or start == ANY:
                for measure, share in (("wait_p50_s", 0.5), ("wait_p90_s", 0.9), ("wait_p95_s", 0.95)):
                    put(measure, *quantile(reached, share))
            if start == ANY:
                put("wait_all_p90_s", *quantile(asked, 0.9))

    def count_called(self, out: dict[Cell, list[float]], visits: list[dict[str, Any]]) -> None:
        """Count numbers that were called when nobody was there any more."""
        names = self.tables.names
        called = [
            (one["place"], one["service"], at)
            for one in visits
            for at in one["called"]
            if self.warm_up <= at < self.horizon
        ]
        for start in (ANY, *self.starts):
            for place in (ANY, *names.places):
                n = sum(
                    place in (ANY, p) and (start == ANY or start <= at < start + self.interval) for p, _, at in called
                )
                out["no_show", place, ANY, ANY, start] = [n, 1]
        for service in names.services:
            out["no_show", ANY, service, ANY, ANY] = [sum(s == service for _, s, _ in called), 1]

    def count_events(self, out: dict[Cell, list[float]], visits: list[dict[str, Any]]) -> None:
        kinds = {step.event for name in self.scenario.service for step in self.steps(name) if step.kind == "event"}
        cells = [(place, ANY) for place in (ANY, *self.tables.names.places)]
        cells += [(ANY, service) for service in self.tables.names.services]
        for kind in kinds:
            for place, service in cells:
                amounts = [
                    amount
                    for one in visits
                    if place in (ANY, one["place"]) and service in (ANY, one["service"])
                    for what, amount in one["events"]
                    if what == kind
                ]
                out[f"event_count:{kind}", place, service, ANY, ANY] = [len(amounts), 1]
                out[f"event_amount:{kind}", place, service, ANY, ANY] = [math.fsum(amounts), 1]

    def count_time(self, out: dict[Cell, list[float]], visits: list[dict[str, Any]], trace: Trace) -> None:
        names, c = self.tables.names, self.tables.compiled
        slots = [self.scenario.team[t].sessions if t in self.scenario.team else 1 for t in names.teams]
        held = [
            (names.pools[pool], slots[pool], started / 1000, ended / 1000 if ended >= 0 else self.end)
            for _, started, ended, _, _, _, unit, pool in trace.rows.tolist()
            if unit >= 0
        ]
        duty = self.duty(trace)
        first = [
            list(
                dict.fromkeys(
                    int(c.member[c.need["first"][k]])
                    for k in range(c.queue["first"][q], c.queue["first"][q] + c.queue["n_needs"][q])
                )
            )
            for q in range(c.queue.size)
        ]
        queue = [(one["place"], *wait) for one in visits for wait in one["waits"]]
        all_open = max(self.open_s(names.places[place]) for place in c.stream["place"].tolist())
        for start in (ANY, *self.starts):
            low, high = (0.0, self.horizon) if start == ANY else (float(start), start + self.interval)

            def spent(spans: Any, low: float = low, high: float = high) -> float:
                return math.fsum(self.clip(max(b, low), min(e, high)) for b, e in spans if e > low and b < high)

            length = all_open if start == ANY else self.clip(low, high)
            busy = {p: sum(spent([(b, e)]) / n for q, n, b, e in held if q == p) for p in names.pools}
            there = {p: spent((b, e) for q, b, e in duty if q == p) for p in names.pools}
            at = {p: spent((b, e) for q, _, b, e, _, _ in queue if q == p) for p in names.places}
            for number, pool in enumerate(names.pools):
                waiting = spent((b, e) for _, _, b, e, _, q in queue if number in first[q])
                out["occupancy", ANY, ANY, pool, start] = [busy[pool], there[pool]]
                out["queue_mean", ANY, ANY, pool, start] = [waiting, length]
                out["on_duty_mean", ANY, ANY, pool, start] = [there[pool], length]
            people = self.with_people
            out["occupancy", ANY, ANY, ANY, start] = [sum(busy[p] for p in people), sum(there[p] for p in people)]
            out["queue_mean", ANY, ANY, ANY, start] = [sum(at.values()), length]
            if start == ANY:
                out["on_duty_mean", ANY, ANY, ANY, ANY] = [sum(there[p] for p in people), length]
                for place in names.places:
                    here = [p for p in people if self.place_of[p] == place]
                    out["occupancy", place, ANY, ANY, ANY] = [sum(busy[p] for p in here), sum(there[p] for p in here)]
                    out["queue_mean", place, ANY, ANY, ANY] = [at[place], self.open_s(place)]

    def duty(self, trace: Trace) -> list[tuple[str, float, float]]:
        """Return (pool, from, to) of everybody on duty: there, not down, where he serves."""
        from sim.tables.types import COMES, FAILS, GOES, MOVES, REPAIRED, RETURNS

        names, c = self.tables.names, self.tables.compiled
        home = [p for n, p in enumerate(names.pools) for _ in range(c.pool["first_unit"][n], c.pool["end_unit"][n])]
        out = []
        by_unit: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
        for tick, planned, op, unit in trace.duty.tolist():
            by_unit[unit].append((tick / 1000, planned, op))
        for unit, changes in by_unit.items():
            pool, here, down, last = home[unit], False, False, 0.0
            for at, planned, op in [*changes, (self.end, 0, -1)]:
                if here and not down and at > last:
                    out.append((pool, last, at))
                last = at
                if op == MOVES:
                    pool = names.pools[planned]
                elif op in (FAILS, REPAIRED):
                    down = op == FAILS
                else:
                    here, down = op in (COMES, RETURNS), False
                    pool = home[unit] if op == GOES else pool
        return out

    def count_money(self, out: dict[Cell, list[float]], visits: list[dict[str, Any]], trace: Trace) -> None:
        from sim.tables.types import GOES

        names, c = self.tables.names, self.tables.compiled
        late = dict.fromkeys(names.pools, 0.0)
        for tick, planned, op, unit in trace.duty.tolist():
            if op == GOES:
                number = next(n for n in range(c.pool.size) if unit < c.pool["end_unit"][n])
                late[names.pools[number]] += max(0.0, tick / 1000 - max(planned / 1000, self.warm_up)) / 3600
        hours, overtime, cost = {}, {}, {}
        for pool in names.pools:
            team = self.scenario.team.get(self.team[pool])
            plan = self.planned_hours(pool)
            overtime[pool] = late[pool] if team else 0.0
            hours[pool] = plan + overtime[pool]
            rate = team.cost_per_hour if team else 0.0
            cost[pool] = rate * (plan + self.scenario.money.overtime_factor * overtime[pool]) + self.equipment_cost(
                pool
            )
        events = dict.fromkeys(names.places, 0.0)
        for one in visits:
            if self.warm_up <= one["arrived"] < self.horizon:
                events[one["place"]] += one["cost"]
        for measure, found, extra in (("paid_hours", hours, 0), ("overtime_hours", overtime, 0), ("cost", cost, 1)):
            out[measure, ANY, ANY, ANY, ANY] = [sum(found.values()) + extra * sum(events.values()), 1]
            for pool in names.pools:
                out[measure, ANY, ANY, pool, ANY] = [found[pool], 1]
            for place in names.places:
                here = sum(found[pool] for pool in names.pools if self.place_of[pool] == place)
                out[measure, place, ANY, ANY, ANY] = [here + extra * events[place], 1]


def quantile(values: list[float], share: float) -> tuple[float, float]:
    """Return the smallest value that at least `share` of the values do not exceed, as a ratio with 1; or nothing."""
    return (values[max(math.ceil(share * len(values)), 1) - 1], 1.0) if values else (0.0, 0.0)
