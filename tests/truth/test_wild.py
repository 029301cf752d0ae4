"""Random programs of every block and rule: kernel and reference give the same trace, and would not if one was wrong.

Whether a wrong rule would be noticed is tried: each fault of the list below is planted in a copy of the reference,
which then must differ from the kernel on some of the programs.
"""

from __future__ import annotations

import itertools
import random
import sys
import types as modules
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import sim.engines
from sim.draw import draw
from sim.engines import kernel, reference, reference_units, reference_values
from sim.tables import compile_scenario
from sim.tables import types as t
from tests.wild import wild, wild_worlds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sim

ALL = t.FLOW | t.QUEUES | t.UNITS
"""One build of the kernel runs all programs."""


def differs(one: t.Trace, two: t.Trace) -> str:
    """Return which part of two traces differs, or nothing."""
    for part in ("rows", "results", "duty", "entries"):
        a, b = getattr(one, part), getattr(two, part)
        if a.shape != b.shape or not all(np.array_equal(a[name], b[name]) for name in a.dtype.names):
            return part
    return ""


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(scenario=wild_worlds())
def test_random_programs_run_alike(scenario: sim.Scenario) -> None:
    tables = compile_scenario(scenario)
    for replication in range(2):
        when = draw(tables, 5, replication)
        assert not differs(reference.run(tables, when), kernel.run_with(tables, when, ALL))


# --- how often each rule is met ------------------------------------------------------------------------------------

WATCHED = (
    "leave", "choose", "assign", "split", "goes_on", "holds_on", "remembers", "is_sent", "is_told", "is_told_up",
    "link_fails", "link_works", "watches", "stop_watching", "look_at_watchers", "rings", "tries", "next_collector",
    "collect", "gets_back", "leave_ghost", "calls_ghost", "turn_away", "goes", "returns", "someone_goes",
    "someone_comes", "let_go", "looks", "moves", "switches", "arrives", "unit_fails", "unit_works", "crashes",
)  # fmt: skip
"""Methods of the reference, each of which is a rule."""
TRUE_OF = ("preempts", "hand_over")
"""Methods that say whether the rule applied."""


class Counting(reference.Engine):
    """The reference, counting what it does."""

    hits: ClassVar[Counter[str]] = Counter()

    def __init__(self, tables: t.Tables, day: t.Day) -> None:
        super().__init__(tables, day)
        self.last: tuple[int, int] = (-1, 0)

    def at(self, tick: int, kind: int, number: int, do: Any) -> Any:
        def counted() -> None:
            now, before = self.last
            if now == self.env.now:
                self.hits[f"tie {min(before, kind)}-{max(before, kind)}"] += 1
            self.last = (self.env.now, kind)
            self.hits[f"kind {kind}"] += 1
            do()

        return super().at(tick, kind, number, counted)

    def count_pass(self, visit: Any) -> None:
        step = self.steps[visit.step]
        self.hits[f"block {step['op']}"] += 1
        if step["op"] == t.SEIZE and step["detail"] >= 0:
            wanting = self.wanting[step["detail"]]
            rules = {
                "limit": wanting["limit"] < t.NEVER,
                "stages": wanting["end"] > wanting["first"],
                "differs": wanting["differs_end"] > wanting["differs"],
                "due": wanting["due"] >= 0,
                "patience factor": wanting["patience"] >= 0,
            }
            self.hits.update(f"seize {name}" for name, used in rules.items() if used)
        super().count_pass(visit)

    def preference(self, visit: Any, queue: int, need: int) -> list[tuple[int, int]]:
        spec = self.needs[queue][need]
        self.hits[f"rule {spec['rule']}"] += 1
        self.hits["reserve"] += spec["reserve"] >= 0
        return super().preference(visit, queue, need)

    def stop_waiting(self, visit: Any, how: int, pools: tuple[int, ...] = ()) -> None:
        self.hits[f"wait ends {how}"] += 1
        super().stop_waiting(visit, how, pools)


def _watch(name: str, *, if_true: bool = False) -> Any:
    inner = getattr(reference.Engine, name)

    def method(self: Counting, *arguments: Any) -> Any:
        out = inner(self, *arguments)
        if not if_true or out:
            self.hits[name] += 1
        return out

    return method


for _name in WATCHED:
    setattr(Counting, _name, _watch(_name))
for _name in TRUE_OF:
    setattr(Counting, _name, _watch(_name, if_true=True))
for _name in ("is_told", "is_told_up"):
    setattr(Counting, {"is_told": "held_unit_fails", "is_told_up": "held_unit_works"}[_name], getattr(Counting, _name))

MUST = {
    *WATCHED,
    *TRUE_OF,
    *(f"block {op}" for op in (t.SEIZE, t.ADVANCE, t.RELEASE, t.TRANSFER, t.EVENT, t.ASSIGN, t.WAIT, t.SPLIT)),
    *(f"kind {kind}" for kind in range(1, 8)),
    *(f"tie {a}-{b}" for a, b in itertools.combinations_with_replacement(range(1, 8), 2)),
    *(f"rule {rule}" for rule in (t.IN_ORDER, t.LONGEST_IDLE, t.LEAST_OCCUPIED, t.RANDOM)),
    *(f"wait ends {how}" for how in range(4)),
    *(f"seize {name}" for name in ("limit", "stages", "differs", "due", "patience factor")),
    "reserve",
}


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_two_thousand_programs_meet_every_rule_and_every_tie() -> None:
    """No row differs in 2,000 programs, and each block, rule and pair of kinds at one tick came up 100 times."""
    Counting.hits = Counter()
    programs = 0
    for seed in itertools.count(10_000):
        scenario = wild(random.Random(seed))
        if scenario is None:
            continue
        tables = compile_scenario(scenario)
        when = draw(tables, seed, 0)
        part = differs(Counting(tables, when).run(), kernel.run_with(tables, when, ALL))
        assert not part, f"program {seed}: {part}"
        programs += 1
        if programs == 2000:
            break
    seldom = {name: Counting.hits[name] for name in sorted(MUST) if Counting.hits[name] < 100}
    assert not seldom, seldom


# --- faults, planted -----------------------------------------------------------------------------------------------

FAULTS = {
    # order of events and of the cascade
    "a later kind first": ("(kind << 40)", "((9 - kind) << 40)"),
    "a later number first": ("(kind << 40) + number", "(kind << 40) + (1 << 30) - number"),
    "pools in the other order": ("pool = min(self.marked)", "pool = max(self.marked)"),
    "a releaser goes on before others start": ("                self.start_eligible()\n                if again is", "                if again is"),
    # waiting
    "class does not count": ("return self.rank[queue], key, number, visit, queue", "return 0, key, number, visit, queue"),
    "last come, first served": ("for key, number, visit in self.queues[queue]:", "for key, number, visit in reversed(self.queues[queue]):"),
    "only the first of a line may start": ("                return self.rank[queue], key, number, visit, queue\n", "                return self.rank[queue], key, number, visit, queue\n            return None\n"),
    "patience at every join anew": ("patience - visit.waited", "patience"),
    "patience of a visit since it joined": ("return visit.arrived + patience", "return int(self.env.now) + patience"),
    "patience without its factor": ('time_s *= max(0.0, self.values.value(self.wanting[step["detail"]]["patience"]', 'max(0.0, self.values.value(self.wanting[step["detail"]]["patience"]'),
    "too long is abandoned": ("(self.limit(step), t.DIVERTED)", '(step["give_up"], t.ABANDONED)'),
    "patience before too long": ("kind = t.TIMER if until <= wait.patience", "kind = t.TIMER if until < wait.patience"),
    "overflow does not try": ("            self.tries(visit, wait)\n", ""),
    "overflow loses its place": ("bisect.insort(self.queues[queue], (wait.key, visit.number, visit))\n            self.tries", "wait.key = now\n                bisect.insort(self.queues[queue], (wait.key, visit.number, visit))\n            self.tries"),
    "only one step of overflow": ("            wait.stage += 1\n", "            wait.stage = wanting['end']\n"),
    "due does not count": ('key = int(np.rint(min(max(due_s, -1e15), 1e15) * 1000.0))', "pass"),
    "a closed place lets queue": ("        if turns_away and not visit.held", "        if False and not visit.held"),
    "who holds is turned away": ("if visit.place == place and not visit.held and", "if visit.place == place and"),
    # matching
    "greedy matching": ("                    taken.pop()\n", "                    return False\n"),
    "reserve is not kept": ("if len(idle) - len(here) <= kept or", "if len(idle) - len(here) <= 0 or"),
    "reserve by one": ("if len(idle) - len(here) <= kept or", "if len(idle) - len(here) < kept or len(idle) == len(here) or"),
    "maker may check": ("not listed or len(idle) - 1", "True or len(idle) - 1"),
    "maker's team may check": ("(team >= 0 and pool == team)", "False"),
    "longest idle, the other way": ("self.pools[pools[i]].idle[0][1], i)", "-self.pools[pools[i]].idle[0][1], i)"),
    "least occupied, the other way": ("self.pools[pools[i]].load / self.pools[pools[i]].duty", "-self.pools[pools[i]].load / self.pools[pools[i]].duty"),
    "weights do not count": ("total += weights[i]", "total += 1.0"),
    "a longer queue at the tail": ("bisect.insort(self.queues[queue], (key, visit.number, visit))", "self.queues[queue].append((key, visit.number, visit))"),
    # earmarks, pre-emption, ghosts
    "nobody collects": ("wait.collects = True", "wait.collects = False; wanting['earmark'] = int(t.NEVER)"),
    "a collector loses nothing when he gives up": ("            if how != STARTED:\n                step = self.steps[visit.step]\n                for slot", "            if how == -1:\n                step = self.steps[visit.step]\n                for slot"),
    "a collector waits for its turn": ("                collector = self.collectors[family]\n                if collector is not None:", "                collector = None\n                if collector is not None:"),
    "the youngest collects": ("visit = self.may_collect[family][0][2]", "visit = self.may_collect[family][-1][2]"),
    "pre-empts its equals": ("if rank > self.rank[queue]:", "if rank >= self.rank[queue]:"),
    "pre-empts the best": ("unit = self.units[max(found)[2]]", "unit = self.units[min(found)[2]]"),
    "an alert that waits stays behind": ("            if self.next_alert(unit):\n                return\n", ""),
    "who was pre-empted begins anew": ("        if visit.work is not None:\n            self.one_reason_less(visit)", "        if visit.work is not None:\n            visit.work.left = visit.work.planned\n            self.one_reason_less(visit)"),
    "no ghost": ("                self.leave_ghost(visit, wait)\n", "                pass\n"),
    "a ghost costs nothing": ("        if gap == 0:\n            ends()", "        if gap >= 0:\n            ends()"),
    # work that is interrupted
    "what is down does not matter": ("if work.reasons and session", "if False and session"),
    "restart goes on": ("            if on_down == t.RESTART:\n                visit.work.left", "            if on_down == -1:\n                visit.work.left"),
    "pause runs on": ("            work.left -= self.env.now - work.since\n", "            pass\n"),
    "nothing is remembered": ("visit.attributes[attribute] = before + (1.0 - before)", "visit.attributes[attribute] = before + 0.0 * (1.0 - before)"),
    "the link never drops": ("if drop < duration:", "if drop < 0:"),
    "links of others too": ("self.link_of(visit, self.sessions[detail]) == link", "self.link_of(visit, self.sessions[detail]) >= 0"),
    "factor forgotten": ('time_s *= max(0.0, self.values.value(session["code"]', 'max(0.0, self.values.value(session["code"]'),
    "handed over never": ("        self.is_sent(visit)\n        slot = next(", "        return False\n        slot = next("),
    # flow
    "conditions from the last": ("for _, target, code in choices[:-1]:\n                if self", "for _, target, code in choices[-2::-1]:\n                if self"),
    "an assignment to another place": ('task["each_place"] * visit.place', "0"),
    "children come at once": ("self.at(self.env.now + delay, t.ARRIVES", "self.at(self.env.now, t.ARRIVES"),
    "children forget": ("visit, visit.account, list(visit.attributes)", "visit, visit.account, [0.0] * len(visit.attributes)"),
    "a second try is a first": ('+ 1 if task["again"] else 0', '* 0 if task["again"] else 0'),
    "children are not counted": ("            visit.parent.children -= 1\n", "            pass\n"),
    "all who watch go at once": ("                self.watch()\n                return\n", "                self.watch()\n"),
    "who watches is never looked at": ("        if self.watchers and not self.watch_planned:", "        if False and not self.watch_planned:"),
    "everybody is let in": ("if u >= self.values.value(spec", "if u < 0 * self.values.value(spec"),
    "work that follows finds the door closed": ("!= t.CARRY and not visit.follows", "!= t.CARRY"),
    # units
    "the shortest idle first": ("return self.sessions, self.since, self.number", "return self.sessions, -self.since, self.number"),
    "most sessions first": ("return self.sessions, self.since, self.number", "return -self.sessions, self.since, self.number"),
    "who drains takes new ones": ("unit.draining < 0 and free", "free"),
    "who is down is taken": ("unit.state == ON and unit.down == 0 and", "unit.state == ON and"),
    "late breaks are cut": ("late_is_cut = self.pools[unit.home].late_is_cut", "late_is_cut = True"),
    "goings before breaks": ("                owed.remove(mine[0])\n                if self.goes(unit, mine[0]):", "                owed.remove(mine[-1])\n                if self.goes(unit, mine[-1]):"),
    "anybody does what one person owes": ('if self.changes[number]["unit"] in (-1, unit.number)]', "]"),
    "the highest comes": ("for u in range(pool.first_unit, pool.end_unit):\n            unit", "for u in reversed(range(pool.first_unit, pool.end_unit)):\n            unit"),
    "the absent come": ('if change["shift"] >= 0 and self.day.absent[change["shift"]]:', "if False:"),
    "nobody stays for the last customer": ("if op == t.GOES and stays:", "if False:"),
    "dispatch at the first look": ("if rule.go_for >= rule.looks", "if rule.go_for >= 1"),
    "dispatch without end": ("and rule.moved < rule.most", ""),
    "moves are not undone": ("        while rule.moved > 0:", "        while False:"),
    "switching takes no time": ("arrival = self.env.now + switch", "arrival = self.env.now + 1"),
    "crashes are forgotten": ("        self.unit_fails(unit)\n        if up", "        if up < 0 and up"),
}  # fmt: skip
"""Name → (what stands in the reference, what is planted)."""

SOURCES = {
    module.__name__: Path(str(module.__file__)).read_text(encoding="utf-8")
    for module in (reference_values, reference_units, reference)
}


MOST = 800
"""Programs on which a fault may show; most show on one of the first ten."""
_seeds = itertools.count(1)
_programs: list[tuple[t.Tables, t.Day, t.Trace]] = []


def programs() -> Iterator[tuple[t.Tables, t.Day, t.Trace]]:
    """Yield programs and what the kernel makes of them; made once, as many as somebody asks for."""
    for number in range(MOST):
        while len(_programs) <= number:
            seed = next(_seeds)
            scenario = wild(random.Random(seed))
            if scenario is not None:
                tables = compile_scenario(scenario)
                when = draw(tables, seed, 0)
                _programs.append((tables, when, kernel.run_with(tables, when, ALL)))
        yield _programs[number]


def planted(old: str, new: str) -> Any:
    """Return the reference with a fault in it."""
    assert sum(source.count(old) for source in SOURCES.values()) >= 1, f"nothing like this stands there: {old}"
    space: dict[str, modules.ModuleType] = {}
    for name, source in SOURCES.items():
        module = modules.ModuleType(name + "_planted")
        text = source.replace(old, new)
        for other in space:
            text = text.replace(f"from {other} import", f"from {other}_planted import")
        sys.modules[name + "_planted"] = module
        exec(compile(text, name, "exec"), module.__dict__)  # noqa: S102
        space[name] = module
    return space[reference.__name__].run  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str) -> None:
    run = planted(*FAULTS[fault])
    for tables, when, right in programs():
        try:
            if differs(run(tables, when), right):
                return
        except Exception:  # a fault may well end in one: it is caught
            return
    pytest.fail(f"{fault}: no program shows it")
