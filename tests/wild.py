"""Random worlds that use every block and every rule: busy, small, at coarse ticks, so that ties abound.

`wild(r)` makes one from a `random.Random` (hypothesis hands in one of its own, which it can shrink).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import assume
from hypothesis import strategies as st

import sim
from sim.tables import compile_scenario
from tests.worlds import exponential, fixed

if TYPE_CHECKING:
    from random import Random

REFUSED = {
    "deadlock",
    "loop_without_advance",
    "endless_loop",
    "unreachable",
    "ticket_twice",
    "children_many",
    "expression_deep",
    "no_hours",
    "pool_no_hours",
}
"""What a random route may get wrong; anything else is a fault of the generator."""

TIMES = (
    fixed(10),
    fixed(60),
    fixed(300),
    exponential(40),
    exponential(200),
    {"law": "lognormal", "mean_s": 90, "cv": 0.6},
    {"law": "gamma", "mean_s": 120, "cv": 0.7},
    {"law": "uniform", "low_s": 0, "high_s": 120},
    {"law": "empirical", "quantiles_s": [5, 60, 600], "at": [0, 0.7, 1]},
)
LAWS = (fixed(0), *TIMES)
STEPS_S = (10, 30, 60, 120)


class _World:
    """What is being written."""

    def __init__(self, r: Random, tick_ms: int | None) -> None:
        self.r = r
        self.data: dict[str, Any] = {"id": "wild"}
        self.tick_ms = tick_ms or r.choice((1000, 1000, 10_000))
        self.seizes: list[str] = []
        self.number = 0

    def one(self, share: float) -> bool:
        return self.r.random() < share

    def any(self, *items: Any) -> Any:
        return self.r.choice(items)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    # --- places, people, things ------------------------------------------------------------------------------------

    def places(self) -> None:
        r = self.r
        self.branches = self.one(0.6)
        self.home: dict[str, Any] = {}
        self.away: dict[str, Any] = {}
        if self.branches:
            self.data["place"] = {
                "city": {"kind": "city"},
                "branch": {
                    "parent": "city",
                    "count": r.randint(1, 2),
                    "opens": self.any("08:00", "08:20"),
                    "closes": self.any("09:10", "09:40"),
                    "closing": self.any("serve", "turn_away", "carry"),
                    "pre_open_s": self.any(0, 600),
                },
                "centre": {"parent": "city"},
            }
            self.home, self.away = {"place": "branch"}, {"place": "centre", "serves": ["city"]}

    def people(self) -> None:
        r = self.r
        self.data["team"], self.data["staffing"] = {}, []
        for index in range(r.randint(2, 3)):
            name = f"team{index}"
            team: dict[str, Any] = {**(self.away if index == 1 or self.one(0.2) else self.home)}
            team |= {"late": self.any("shift", "cut"), "role": "clerk", "cost_per_hour": 60.0}
            if self.one(0.35):
                team["sessions"] = r.randint(2, 3)
            if self.one(0.3):
                team["speed"] = self.any(0.8, 1.25)
            if self.one(0.3):
                team["tenure_days"] = self.any(10.0, 100.0)
            if self.one(0.7):
                team["at_end"] = "hand_over"
            if self.one(0.3):
                team["staff"] = r.randint(1, 3)
            else:
                if self.one(0.3):
                    team["absence"] = 0.3
                if self.one(0.3):
                    team["stop_before_s"] = 300
                named = self.one(0.4) and not (self.branches and team.get("place") == "branch")
                for k in range(r.randint(2, 4)):
                    self.data["staffing"].append(self.shift(name, f"{name}-{k}" if named else None))
            self.data["team"][name] = team
        self.data["pool"] = {}
        for index in range(r.randint(1, 2)):
            pool: dict[str, Any] = {**self.home, "units": r.randint(1, 3)}
            if self.one(0.5):
                pool |= {"mtbf": exponential(self.any(600, 2400)), "mttr": self.any(fixed(60), exponential(200))}
            self.data["pool"][f"pool{index}"] = pool
        self.teams, self.pools = list(self.data["team"]), list(self.data["pool"])
        self.words = (*self.teams, *self.pools, "clerk")

    def shift(self, team: str, person: str | None) -> dict[str, Any]:
        start = self.any(480, 480, 490, 510)
        end = start + self.any(30, 60, 90)
        row: dict[str, Any] = {"team": team, "start": _clock(start), "end": _clock(end)}
        if person is None:
            row["count"] = self.r.randint(1, 2)
        else:
            row["person"] = person
        if self.one(0.4):
            row["breaks"] = f"{_clock(start + 10)}-{_clock(start + 15)}"
        if self.one(0.3):
            row["meal"] = f"{_clock(start + 15)}-{_clock(start + 25)}"
        return row

    def sections(self) -> None:
        data = self.data
        data["counter"] = {"c": {"initial": 0}, "here": {"initial": 1, "per": "place"}}
        data["store"] = {"cards": {"initial": self.any(2, 20), "per": self.any("place", "all")}}
        data["table"] = {
            "steps": {"points": [[0, 0.5], [30000, 1.0], [32000, 2.0]]},
            "line": {"points": [[0, 0.0], [40000, 1.0]], "straight": True},
        }
        data["link"] = {"av": {"per_day": self.any(20, 100), "lasts": self.any(fixed(60), exponential(120))}}
        if self.one(0.3):
            data["link"]["av"]["outages"] = [{"start": "08:30", "end": "08:40"}]
        if self.branches and self.one(0.5):
            data["link"]["av"]["place"] = "branch"
        data["account"] = {"people": {"count": 5, "values": {"aum": 100.0}}}

    # --- expressions -------------------------------------------------------------------------------------------------

    def truth(self) -> str:
        word = self.any(*self.teams, *self.pools, "clerk")
        choices = [
            f"free('{word}') > 0",
            f"busy('{word}') >= on_duty('{word}')",
            f"down('{self.any(*self.pools)}') == 0",
            "link_down('av') == 0",
            "time_s > 30000 and day == 0",
            "counter.c > 3 or counter.here >= 2",
            "attempt == 0",
            "u < 0.4",
            "age_s > 200",
            "waited_s < 60",
            "mood + account.aum > 100.5",
            "inside > 4",
            "is_open",
            "children == 0",
            "day_class == 'workday'",
            "floor(hour) % 2 == 0",
        ]
        if self.seizes:
            seize = self.any(*self.seizes)
            choices += [f"queue('{seize}') > 1", f"can_start('{seize}')", f"queue('{seize}') <= counter.here"]
        text = str(self.any(*choices))
        return f"not ({text})" if self.one(0.2) else text

    def number_text(self) -> str:
        return str(
            self.any(
                "1 + mood * 0.5",
                "table('steps', time_s)",
                "0.5 + table('line', time_s)",
                "min(2, 0.5 + queue_like / 4)".replace("queue_like", "inside"),
                "max(0.5, exp(-age_s / 1000))",
                "1.5 if link_down('av') else 1",
                "0.8 + log(1 + inside) / 3",
                "abs(1 - 2 * u)",
                "1 - done",
                f"speed('{self.any(*self.seizes)}')" if self.seizes else "1",
                f"0.7 + 0.3 * sessions('{self.any(*self.seizes)}')" if self.seizes else "1",
                f"2 - min(1, tenure('{self.any(*self.seizes)}') / 50)" if self.seizes else "1",
            )
        )

    # --- blocks ------------------------------------------------------------------------------------------------------

    def target(self, later: tuple[str, ...], held: tuple[str, ...] = ()) -> Any:
        """Return where an exception leads; what is held at the time is given back on the way."""
        to = self.any(*later)
        return {"go_to": to, "release": list(held)} if held else to

    def need(self) -> list[str]:
        return self.r.sample(self.words, self.r.randint(1, min(3, len(self.words))))

    def waiting(self, later: tuple[str, ...], held: tuple[str, ...], *, ends: bool, needs: int) -> dict[str, Any]:
        """Return rules of waiting; with `ends` the wait ends by itself."""
        r, out = self.r, {}
        if self.one(0.5):
            out["priority"] = self.any(0, 5, 10)
        if ends or self.one(0.6):
            out["patience"] = self.any(*TIMES)
            out["clock"] = self.any("queue", "queue", "waiting", "visit")
            if self.one(0.4):
                out["on_give_up"] = self.target(later, held)
            if self.one(0.3):
                out["patience_factor"] = self.number_text()
        if self.one(0.25):
            out["max_wait"] = {"after_s": self.any(*STEPS_S)}
            if self.one(0.5):
                out["max_wait"]["go_to"] = self.any(*later) if not held else "next"
                if held:
                    out["max_wait"] = {"after_s": out["max_wait"]["after_s"], **self.target(later, held)}
        if self.one(0.3):
            steps = sorted(r.sample((10, 30, 60, 120), r.randint(1, 2)))
            out["overflow"] = [{"after_s": s, "to": [self.any(*self.words)]} for s in steps]
        if self.one(0.3):
            out["ageing"] = [{"after_s": self.any(10, 60), "priority": self.any(0, 3)}]
        if self.one(0.25):
            out["choice"] = self.any("longest_idle", "least_occupied", "random")
            if out["choice"] == "random" and self.one(0.7):
                out["weights"] = {word: self.any(0.3, 4.0) for word in self.words if word != "clerk"}
        if self.one(0.2):
            out["reserve"] = {self.any(*self.words): 1}
        if self.one(0.15):
            out["balk"] = {"if": self.truth()}
        if self.one(0.15):
            out["capacity"] = r.randint(1, 4)
        if self.one(0.2):
            out["due"] = self.any("run_s + 100 * u", "run_s - age_s", "30000")
        if needs == 1 and self.one(0.15):
            out["preempt"] = True
            out["priority"] = 0
        if needs > 1 and self.one(0.5):
            out["earmark_after_s"] = self.any(10, 60)
        if not held and "patience" in out and self.one(0.3):
            out["ticket_gap"] = self.any(*LAWS)
        return out

    def work(self, later: tuple[str, ...], held: tuple[str, ...]) -> dict[str, Any]:
        """Return what an ADVANCE may have besides its law."""
        out: dict[str, Any] = {}
        if self.one(0.4):
            out["factor"] = self.number_text()
        if self.one(0.5):
            out["link"] = "av"
        if self.one(0.7):
            out["on_down"] = self.any("continue", "pause", "restart", self.sent(later, held), self.sent(later, held))
            if self.one(0.5):
                out["remember"] = "done"
        if self.one(0.25):
            out["drop"] = {"after": self.any(*TIMES), **self.sent(later, held)}
        return out

    def sent(self, later: tuple[str, ...], held: tuple[str, ...]) -> dict[str, Any]:
        return {"go_to": self.any(*later), "release": list(held)} if held else {"go_to": self.any(*later)}

    def segment(self, name: str, later: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return a few blocks that give back what they take; the first is called `name`."""
        r = self.r
        kind = self.any(
            "serve", "serve", "joint", "joint", "nested", "checker", "checker", "pause", "assign", "wait", "store", "split", "risk",
            "choose", "event", "crash", "call_back",
        )  # fmt: skip
        if kind in ("split", "call_back") and not self.wakes:
            kind = "pause"
        if kind == "pause":
            return [
                {
                    "advance": {
                        **self.any(*LAWS),
                        "name": name,
                        **({"factor": self.number_text()} if self.one(0.5) else {}),
                    }
                }
            ]
        if kind == "assign":
            return [
                {
                    "assign": {
                        "name": name,
                        "set": {
                            "mood": self.any("u", "mood + 1", "table('line', time_s)"),
                            "counter.c": "counter.c + 1",
                            "counter.here": "(counter.here + 1) % 5",
                            "account.aum": "account.aum + 10 * u",
                        },
                    }
                }
            ]
        if kind == "wait":
            rules: dict[str, Any] = {"name": name}
            if self.one(0.3):
                rules["until_clock"] = self.any("08:30", "09:00")
            else:
                rules["until"] = self.truth()
            if self.one(0.8):
                rules["patience"] = self.any(*TIMES)
            return [{"wait": rules}]
        if kind == "store":
            if self.one(0.3):
                return [{"store": {"name": "cards", "put": 3}}, {"advance": {**fixed(10), "name": name}}]
            short = self.any("wait", self.any(*later))
            take: dict[str, Any] = {"name": "cards", "take": r.randint(1, 2), "if_short": short}
            if short == "wait":
                take["patience"] = self.any(*TIMES)
            return [{"advance": {**fixed(10), "name": name}}, {"store": take}]
        if kind == "split":
            return [{"split": {"service": "after", "delay": self.any(*LAWS), "count": r.randint(1, 2), "name": name}}]
        if kind == "risk":
            risk = {"kind": f"risk-{name}", "chance": 0.4, "detect": 0.6, "takes": self.any(*TIMES), "name": name}
            if self.one(0.5):
                risk["to"] = self.any(*later)
            return [{"risk": risk}]
        if kind == "choose":
            ways = [{"if": self.truth(), "to": self.any(*later)}, {"to": "next"}]
            if self.one(0.5):
                return [{"transfer": {"when": ways, "name": name}}]
            return [
                {"transfer": {"to": {self.any(*later): "0.3 * table('line', time_s)", "next": "rest"}, "name": name}}
            ]
        if kind == "event":
            return [{"event": {"kind": "sale", "amount": self.any("10 * u + account.aum", "inside"), "name": name}}]
        if kind == "call_back":
            return [{"call_back": {"service": "after", "chance": 0.3, "delay": self.any(*TIMES), "name": name}}]
        self.seizes.append(name)
        if kind == "serve":
            rules = self.waiting(later, (), ends=False, needs=1)
            work = self.work(later, ())
            return [{"serve": {"by": self.need(), "takes": self.any(*TIMES), "name": name, **rules, **work}}]
        if kind == "crash":
            pool = self.any(*self.pools)
            return [
                {"seize": {"needs": [[pool]], "name": name, **self.waiting(later, (), ends=False, needs=1)}},
                {"advance": {**self.any(*TIMES), "name": f"{name}-work", **self.work(later, (name,))}},
                {"release": {"names": [name], "down": self.any(*TIMES), "name": f"{name}-crash"}},
            ]
        if kind == "joint":
            needs = [self.need() for _ in range(r.randint(2, 3))]
            return [
                {"seize": {"needs": needs, "name": name, **self.waiting(later, (), ends=True, needs=len(needs))}},
                {"advance": {**self.any(*TIMES), "name": f"{name}-work", **self.work(later, (name,))}},
                {"release": [name]},
            ]
        inner = f"{name}-inner"
        self.seizes.append(inner)
        first = {"seize": {"needs": [self.need()], "name": name, **self.waiting(later, (), ends=True, needs=1)}}
        if kind == "checker":
            differs: Any = self.any([name], {"seize": name, "by": self.any("unit", "team")})
            rules = {**self.waiting(later, (), ends=True, needs=1), "differs": differs}
            return [
                first,
                {"advance": {**self.any(*TIMES), "name": f"{name}-make", **self.work(later, (name,))}},
                {"release": [name]},
                {"seize": {"needs": [self.need()], "name": inner, **rules}},
                {"advance": {**self.any(*TIMES), "name": f"{name}-check", **self.work(later, (inner,))}},
                {"release": [inner]},
            ]
        second = self.waiting(later, (name,), ends=True, needs=1)
        return [
            first,
            {"seize": {"needs": [self.need()], "name": inner, **second}},
            {"advance": {**self.any(*TIMES), "name": f"{name}-work", **self.work(later, (name, inner))}},
            {"release": [inner]},
            {"advance": {**self.any(*LAWS), "name": f"{name}-after", "link": "av", "on_down": "pause"}},
            {"release": [name]},
        ]

    def route(self, n: int, *, wakes: bool = True) -> list[dict[str, Any]]:
        self.wakes, self.seizes = wakes, []
        names = [self.name("s") for _ in range(n)]
        out: list[dict[str, Any]] = [
            {"assign": {"name": "begin", "set": {"mood": "u" if wakes else "mood + 1", "done": 0}}}
        ]
        for index, name in enumerate(names):
            later = (*names[index + 1 :], "door")
            out.extend(self.segment(name, later))
            if self.one(0.2):
                out.append({"advance": {**self.any(*TIMES), "name": f"{name}-rest"}})
                out.append(
                    {
                        "retry": {
                            "to": names[index],
                            "most": self.r.randint(1, 2),
                            "chance": 0.5,
                            "name": f"{name}-again",
                        }
                    }
                )
            if self.one(0.1):
                out.append({"transfer": {"door": 0.2, "next": "rest"}})
        return [*out, {"advance": {**fixed(0), "name": "door"}}]

    def services(self) -> None:
        r, data = self.r, self.data
        names = [f"P{i:02d}" for i in range(r.randint(1, 2))]
        data["route"] = {"follow": self.route(1, wakes=False)}
        data["service"] = {"after": {"route": "follow"}}
        for name in names:
            data["route"][f"r{name}"] = self.route(r.randint(1, 3))
            data["service"][name] = {"route": f"r{name}"}
            if self.one(0.5):
                after = r.sample(("abandoned", "balked", "blocked", "diverted"), r.randint(1, 4))
                chance = self.any(0.6, "0.9 - 0.3 * attempt")
                data["service"][name]["redial"] = {
                    "chance": chance,
                    "delay": self.any(*TIMES),
                    "most": 2,
                    "after": after,
                }
        data["stream"], data["rates"] = {}, []
        for index, name in enumerate(names):
            where = {} if not self.branches else {"place": self.any("branch", "branch", "centre")}
            stream: dict[str, Any] = {**where}
            if self.one(0.3):
                stream["gate"] = self.any("0.7", "1 - counter.c / 50", "0.3 + 0.7 * is_open")
            if self.one(0.4):
                stream["accounts"] = "people"
            way = self.any("rates", "rates", "rates", "appointments", "list")
            if way == "appointments":
                stream |= {
                    "service": name,
                    "appointments": [{"at": t, "count": 8} for t in ("08:10", "08:30", "09:00")],
                }
            elif way == "list":
                stream |= {"service": name, "list": {"count": 40, "at": "08:20"}}
            else:
                rate = self.any(60, 120)
                data["rates"].append(
                    {"stream": f"in{index}", "service": name, "start": "07:50", "end": "09:20", "rate_per_hour": rate}
                )
            data["stream"][f"in{index}"] = stream

    def dispatch(self) -> None:
        if self.one(0.5):
            source, target = self.teams[0], self.teams[-1]
            if self.branches and self.data["place"]["branch"]["count"] > 1:
                local = [team for team in self.teams if self.data["team"][team].get("place") == "centre"]
                if len(local) < 2:
                    return
                source, target = local[0], local[-1]
            self.data["dispatch"] = {"help": self.rule(source, target)}
            if self.one(0.5):
                self.data["dispatch"]["more"] = self.rule(target, source)

    def rule(self, source: str, target: str) -> dict[str, Any]:
        return {
            "from": source,
            "to": target,
            "look_every_s": self.any(30, 60),
            "go_if": self.any(f"free('{source}') > 0", f"busy('{target}') > 0"),
            "back_if": self.any(f"free('{target}') > 0", f"busy('{source}') > 1"),
            "looks": self.r.randint(1, 2),
            "switch_s": self.any(0, 60),
            "most": self.r.randint(1, 2),
        }

    def make(self) -> dict[str, Any]:
        self.places()
        self.people()
        self.sections()
        self.services()
        self.dispatch()
        self.data["run"] = {"days": 1, "drain_s": self.any(0, 3600, 7200), "tick_ms": self.tick_ms}
        return self.data


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def wild(r: Random, tick_ms: int | None = None) -> sim.Scenario | None:
    """Return a random world, or None when what came out is refused for a reason that is its own."""
    data = _World(r, tick_ms).make()
    try:
        scenario = sim.validated(data)
        compile_scenario(scenario)
    except sim.InputError as error:
        if not {fault.code for fault in error.faults} <= REFUSED:
            raise
        return None
    return scenario


@st.composite
def wild_worlds(draw: st.DrawFn, tick_ms: int | None = None) -> sim.Scenario:
    """Random worlds for hypothesis."""
    scenario = wild(draw(st.randoms(use_true_random=False)), tick_ms)
    assume(scenario is not None)
    assert scenario is not None
    return scenario
