"""A skeleton of each of the 49 scenarios of the domain notes: it compiles, both engines do the same, and what it is
about shows in the trace.

The skeletons (tests/skeletons) have the mechanisms of their scenario and small round numbers; they are no evidence.
"""

from __future__ import annotations

import functools
import statistics
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

import sim
from sim.draw import draw
from sim.measures.measure import Key, Layout
from sim.model import blocks, money, scenario, sections
from sim.model.fields import Frozen
from sim.tables import compile_scenario
from sim.tables.types import LINK_FAILS, MOVES, UNIT_FAILS
from tests.worlds import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = Path(__file__).parents[1] / "skeletons"
IDS = tuple(f"S{number:02d}" for number in range(1, 50))
HOUR, DAY = 3600.0, 86_400.0
SHOWS: dict[str, Callable[[Ran], None]] = {}


class Row(NamedTuple):
    """A block passed by a visit; times in seconds, None where there is none."""

    visit: int
    service: str
    block: str
    event: str
    """Kind of ledger entry."""
    team: str
    """Team or equipment that serves, and its place."""
    place: str
    unit: int
    entered: float
    started: float | None
    ended: float | None

    @property
    def wait(self) -> float:
        assert self.started is not None
        return self.started - self.entered

    @property
    def time(self) -> float:
        assert self.started is not None
        assert self.ended is not None
        return self.ended - self.started


class Came(NamedTuple):
    """A visit that came."""

    number: int
    service: str
    place: str
    arrived: float
    left: float | None
    outcome: str
    attempt: int


class Ran:
    """A skeleton, read, compiled and run once in both engines."""

    def __init__(self, scenario: sim.Scenario) -> None:
        self.scenario = scenario
        self.tables = compile_scenario(scenario)
        self.day = draw(self.tables, 1, 0)
        self.trace = same(self.tables, self.day)
        c, names = self.tables.compiled, self.tables.names
        of_stream = [
            (names.services[service], names.places[place])
            for service, place in zip(c.stream["service"].tolist(), c.stream["place"].tolist(), strict=True)
        ]
        results = self.trace.results
        self.visits = {
            number: Came(
                number,
                *of_stream[stream],
                arrived / 1000,
                None if left < 0 else left / 1000,
                names.outcomes[outcome],
                attempt,
            )
            for number, (arrived, left, outcome, stream, attempt) in enumerate(
                results[["arrived", "left", "outcome", "stream", "attempt"]].tolist()
            )
            if arrived >= 0
        }
        self.rows = []
        fields = ["entered", "started", "ended", "visit", "step", "unit", "pool"]
        for entered, started, ended, visit, step, unit, pool in self.trace.rows[fields].tolist():
            service, block = names.steps[step].split("/", 1)
            team, place = ("", "") if unit < 0 else (names.teams[pool], names.places[int(c.pool["place"][pool])])
            times = entered / 1000, *(None if t < 0 else t / 1000 for t in (started, ended))
            block = block.split(".", 1)[1]
            self.rows.append(Row(visit, service, block, names.events[step], team, place, unit, *times))

    def changed(self, **parts: Any) -> Ran:
        """Return the same with some sections replaced: the same customers, the same luck."""
        return Ran(self.scenario.replace(**parts))

    def at(self, *blocks: str, service: str | None = None) -> list[Row]:
        """Return the rows of blocks of these names, of visits that came."""
        return [
            row
            for row in self.rows
            if row.block in blocks and service in (None, row.service) and row.visit in self.visits
        ]

    def took(self, *blocks: str, service: str | None = None) -> list[Row]:
        """Return what was taken at these seize blocks."""
        return [row for row in self.at(*blocks, service=service) if row.unit >= 0]

    def by(self, *teams: str) -> list[Row]:
        """Return what these teams served."""
        return [row for row in self.rows if row.team in teams]

    def events(self, *kinds: str, service: str | None = None) -> list[Row]:
        return [row for row in self.rows if row.event in kinds and service in (None, row.service)]

    def amounts(self, kind: str) -> dict[int, float]:
        """Return visit → amount of a kind of ledger entry, summed."""
        events, out = self.tables.names.events, Counter[int]()
        written = set(self.trace.entries["step"].tolist())
        for visit, step, amount in self.trace.entries[["visit", "step", "amount"]].tolist():
            if events[step] == kind:
                out[visit] += amount
        for visit, step in self.trace.rows[["visit", "step"]].tolist():
            if events[step] == kind and step not in written:
                out[visit] += float(self.tables.step_amount[step])
        return dict(out)

    def came(self, *services: str) -> list[Came]:
        return [one for one in self.visits.values() if not services or one.service in services]

    def outcomes(self, *services: str) -> Counter[str]:
        return Counter(one.outcome for one in self.came(*services))

    @functools.cached_property
    def measures(self) -> dict[Key, float]:
        """Return what this one replication measures: ratios, where there is a denominator."""
        layout = Layout(self.scenario, self.tables)
        top, low = layout.fill(layout.tally(self.trace))
        return {key: a / b for key, a, b in zip(layout.keys, top.tolist(), low.tolist(), strict=True) if b}

    def units_add_up(self) -> None:
        """The units' results are the bank's."""
        result, cost = (
            sum(value for key, value in self.measures.items() if key.measure.startswith(f"{name}:"))
            for name in ("result", "cost")
        )
        assert self.measures[Key("result")] == pytest.approx(result)
        assert self.measures[Key("cost")] == pytest.approx(cost)

    def moves(self) -> list[tuple[float, str, int]]:
        """Return (when, pool, unit) of everybody who begins to serve another pool."""
        moved = self.trace.duty[self.trace.duty["op"] == MOVES]
        return [(tick / 1000, self.tables.names.pools[pool], unit) for tick, pool, _, unit in moved.tolist()]

    def home(self, unit: int) -> str:
        """Return the team that a unit belongs to."""
        pool = int(np.searchsorted(self.tables.compiled.pool["end_unit"], unit, side="right"))
        return self.tables.names.teams[pool]

    def at_once(self, rows: Iterable[Row]) -> int:
        """Return how many of these rows there were at one time, at most."""
        changes = sorted((t, d) for row in rows for t, d in ((row.started, 1), (row.ended, -1)) if t is not None)
        return max(np.cumsum([d for _, d in changes]), default=0)


def shows(name: str) -> Callable[[Callable[[Ran], None]], Callable[[Ran], None]]:
    """Register what a scenario's mechanism must show."""

    def register(function: Callable[[Ran], None]) -> Callable[[Ran], None]:
        SHOWS[name] = function
        return function

    return register


@functools.cache
def ran(name: str) -> Ran:
    return Ran(sim.read(FOLDER / name))


def mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def inside(one: Row, other: Row) -> bool:
    """Tell whether a row lies within another one in time."""
    assert None not in (one.started, one.ended, other.started, other.ended)
    return bool(other.started <= one.started and one.ended <= other.ended)  # type: ignore[operator]


def permitted(r: Ran, *teams: str) -> bool:
    """Tell whether nobody of these teams served what he may not."""
    return all({"*", row.service} & set(r.scenario.team[row.team].skills) for row in r.by(*teams))


@pytest.mark.parametrize("name", IDS)
def test_skeleton(name):
    r = ran(name)
    assert r.scenario.id == name
    assert len(r.visits) >= 15
    SHOWS[name](r)


@pytest.mark.parametrize("name", IDS)
def test_both_engines_agree_where_much_happens_at_once(name):
    """Times rounded to a minute: arrivals, ends of work, patience, timers, failures and looks meet at one tick."""
    run = ran(name).scenario.run.model_dump(exclude_none=True)
    tables = compile_scenario(ran(name).scenario.replace(run={**run, "tick_ms": 60_000}))
    same(tables, draw(tables, 2, 0))


def test_there_is_a_skeleton_for_each_scenario():
    assert {path.name for path in FOLDER.iterdir()} == set(IDS) == set(SHOWS)


# --- branches, remote service (S01-S13) -----------------------------------------------------------------------------


@shows("S01")
def _(r: Ran) -> None:
    """The teller is held while somebody authorises; whoever left is noticed only when his number is called."""
    window = {row.visit: row for row in r.took("window")}
    assert len(r.took("authorise")) > 50
    assert all(inside(row, window[row.visit]) for row in r.took("authorise"))
    called = [row for row in r.rows if row.team == "teller" and row.visit not in r.visits]
    assert 0 < len(called) <= r.outcomes()["abandoned"]
    assert all(10 <= row.time <= 20 for row in called)


@shows("S02")
def _(r: Ran) -> None:
    """Everybody is served where he is; small branches turn away who waits at closing, or nobody wants to join."""
    assert all(row.place == r.visits[row.visit].place for row in r.rows if row.team)
    assert len({row.place for row in r.by("teller", "clerk")}) == 3
    assert r.outcomes()["balked"] > 0 < r.outcomes()["closed"]


@shows("S03")
def _(r: Ran) -> None:
    """One team serves all branches, the second one whoever has waited a minute; who refuses goes to the counter."""
    assert {r.visits[row.visit].place for row in r.by("remote-a")} == {f"branch-{n:02d}" for n in range(1, 5)}
    assert r.by("remote-b")
    assert all(row.wait >= 60 for row in r.by("remote-b"))
    refused = {row.visit for row in r.events("refused_signature")}
    assert refused
    assert refused <= {row.visit for row in r.took("counter")}


@shows("S04")
def _(r: Ran) -> None:
    """All 23 scenes are served, each by somebody who may; only a closing goes without a check of identity."""
    assert len({one.service for one in r.came() if one.outcome == "served"}) == 23
    assert permitted(r, "personal", "expert")
    assert {row.service for row in r.events("ID_SKIPPED.missed")} == {"P02"}


@shows("S05")
def _(r: Ran) -> None:
    """The manager is with the customer while the agent transacts; leads come back as calls; some do not show up."""
    visit = {row.visit: row for row in r.took("manager")}
    assert r.took("call")
    assert all(inside(row, visit[row.visit]) for row in r.took("call"))
    assert r.events("sale")
    assert 0 < len(r.events("lead")) == len(r.came("follow-up"))
    assert len(r.came("outreach")) < 18


@shows("S06")
def _(r: Ran) -> None:
    """What is due sooner is reviewed sooner; a case comes back twice at most; two other persons approve."""
    reviews: dict[int, list[Row]] = {}
    for row in sorted(r.took("review"), key=lambda row: row.entered):
        reviews.setdefault(row.visit, []).append(row)
    assert {len(rows) for rows in reviews.values()} == {1, 2, 3}
    soon, late = (mean(row.wait for row in r.took("review", service=s)) for s in ("instalment", "inclusive"))
    assert soon < late
    approved = r.took("approve")
    assert Counter(row.team for row in approved)["checker"] == len(approved) / 2
    assert all(row.unit not in {one.unit for one in reviews[row.visit][-1:]} for row in approved)


@shows("S07")
def _(r: Ran) -> None:
    """Nobody waits more than 40 s for the supervisor; then the centre authorises, the agent still held."""
    assert all(row.wait <= 40 for row in r.took("supervisor"))
    late = [row for row in r.at("supervisor") if row.unit < 0]
    assert 0 < len(late) == len(r.events("centre_authorised"))
    assert all(row.ended == row.entered + 40 for row in late)
    agent = {row.visit: row for row in r.took("agent")}
    assert all(inside(row, agent[row.visit]) for row in r.took("centre"))


@shows("S08")
def _(r: Ran) -> None:
    """Each paper that was missed is fetched by the lobby later; a checklist misses fewer."""
    missed = Counter(row.service for row in r.events("DOC_MISSING.missed"))
    assert sum(missed.values()) == len(r.came("recall")) > 0
    assert {row.team for row in r.took("papers", service="recall")} == {"lobby"}
    assert missed["with-checklist"] < missed["by-memory"]


@shows("S09")
def _(r: Ran) -> None:
    """No card without stock; the counter helps out; a second look at delivery stops swaps."""
    (refill,) = r.came("refill")
    assert refill.left is not None
    at_machine = [row.entered for row in r.at("machine") if row.started is not None]
    assert 0 < sum(t < refill.left for t in at_machine) <= 25 < len(at_machine) <= 65
    assert r.took("counter")
    missed, stopped = (Counter(row.service for row in r.events(f"HANDOVER_SWAP.{w}")) for w in ("missed", "detected"))
    assert missed["card"] > missed["card-rechecked"]
    assert set(stopped) == {"card-rechecked"} == {row.service for row in r.events("HANDOVER_SWAP.false_alarm")}
    assert r.outcomes()["swapped"] == sum(missed.values())


@shows("S10")
def _(r: Ran) -> None:
    """Without the detector nothing is intercepted; it also flags the honest; an alarm takes the lobby from others."""
    caught = r.events("FRAUD_ATTEMPT.detected", "PROXY_OP.detected")
    assert {row.service for row in caught} == {"controlled"}
    assert {row.service for row in r.events("FRAUD_ATTEMPT.missed", "PROXY_OP.missed")} >= {"free"}
    assert len(r.events("AV_RISK_FLAG")) > len(caught)
    assert len(r.came("alarm")) == len(r.events("FRAUD_ATTEMPT.detected")) == len(r.events("SECURITY_ALERT"))
    twice = Counter(row.visit for row in r.took("help"))
    interrupted = [visit for visit, times in twice.items() if times > 1]
    assert interrupted
    at = {row.started: row for row in r.took("first-aid")}
    first = {visit: next(row for row in r.took("help") if row.visit == visit) for visit in interrupted}
    assert all(at[first[visit].ended].unit == first[visit].unit for visit in interrupted)


@shows("S11")
def _(r: Ran) -> None:
    """Nobody does what his post may not; the checker is another person; what no post may do is referred."""
    assert permitted(r, "opener", "general", "trainee", "loose")
    assert set(r.outcomes("bullion")) == {"referred"}
    made = {row.visit: row for row in r.took("maker", "any")}
    checked = r.took("checker", "other-post")
    assert len(checked) > 100
    assert all(row.unit != made[row.visit].unit for row in checked)
    assert all(row.team != made[row.visit].team for row in r.took("other-post"))
    assert {row.service for row in r.events("SEGREGATION_VIOLATION.detected")} == {"loose"}
    audited = sim.simulate(r.scenario.replace(rules={"permissions": "audited"}), reps=1, engine="simpy")
    assert audited.value("violations").value > 20
    assert audited.value("referred").value == 0
    assert audited.value("wait_all_mean_s").value < r.measures[Key("wait_all_mean_s")]


@shows("S12")
def _(r: Ran) -> None:
    """What can be reversed is, at once; the rest is a work order and goes to the counter."""
    wrong = Counter(row.service for row in r.events("REVERSAL_NEEDED.detected"))
    assert 0 < wrong["covered"] == len({row.visit for row in r.at("reverse")})
    assert 0 < wrong["closing"] == len(r.came("work-order"))
    assert {row.service for row in r.at("counter")} == {"closing"}
    assert all(hours > 0 for hours in r.amounts("rework_hours").values())
    assert {row.service for row in r.events("ID_SKIPPED.missed")} == {"closing"}


@shows("S13")
def _(r: Ran) -> None:
    """Flexible staff go when the centre is busy and come back; while away they serve remotely."""
    assert {pool for _, pool, _ in r.moves()} == {"agent", "flexible"}
    assert any(r.home(row.unit) == "flexible" for row in r.by("agent"))
    assert not any(r.home(row.unit) == "agent" for row in r.by("flexible"))


# --- counters and machines (S14-S24) --------------------------------------------------------------------------------


@shows("S14")
def _(r: Ran) -> None:
    """The steps of the smart counter take about a third of those at the counter."""
    old, new = (mean(r.amounts(kind).values()) for kind in ("counter_s", "smart_s"))
    assert 0.30 < new / old < 0.36
    assert {row.time for row in r.at("rework")} == {300}
    smart = {row.visit: row for row in r.took("smart")}
    assert all(inside(row, smart[row.visit]) for row in r.took("lobby"))


@shows("S15")
def _(r: Ran) -> None:
    """Two visits to the counter become none, and the journey takes at most 60 % of the time."""
    windows = Counter(row.visit for row in r.by("teller"))
    assert {windows[one.number] for one in r.came("two-counters")} == {2}
    assert {windows[one.number] for one in r.came("one-stop")} == {0}
    old, new = (mean(one.left - one.arrived for one in r.came(s)) for s in ("two-counters", "one-stop"))
    assert new <= 0.6 * old
    together = {(row.visit, row.started, row.ended) for row in r.by("wealth")}
    assert together == {(row.visit, row.started, row.ended) for row in r.by("recorder")}


@shows("S16")
def _(r: Ran) -> None:
    """From day to day fewer transactions at the counter, the young ahead; with half the tellers at the end."""
    came = Counter(int(one.arrived // DAY) for one in r.came())
    counter = Counter(int(row.entered // DAY) for row in r.events("counter_transaction"))
    shares = [counter[day] / came[day] for day in range(3)]
    assert shares[0] > shares[1] > shares[2]
    assert 0.6 < 1 - shares[2] / shares[0] < 0.8
    old, young = (len(r.took("smart", service=s)) / len(r.came(s)) for s in ("old", "young"))
    assert old < young
    tellers = [{row.unit for row in r.by("teller") if row.entered // DAY == day} for day in range(3)]
    assert [len(units) for units in tellers] == [4, 3, 2]


@shows("S17")
def _(r: Ran) -> None:
    """24 of 25 functions are done at the machine, the other one never."""
    assert {row.service for row in r.by("teller")} == {"F25"}
    assert len({row.service for row in r.by("smart")}) / len(r.scenario.service) == 0.96


@shows("S18")
def _(r: Ran) -> None:
    """About half is authorised by rules; authorisers see the rest and what the robot rejects."""
    robot, person = len(r.events("by_robot")), len(r.events("by_hand"))
    assert robot + person == len(r.came())
    assert 0.45 < robot / len(r.came()) < 0.55
    assert len(r.took("manual")) == person
    rejected = {row.visit for row in r.took("robot")} & {row.visit for row in r.took("manual")}
    assert 0 < len(rejected) < 0.1 * len(r.took("robot"))


@shows("S19")
def _(r: Ran) -> None:
    """Reserved drafts are about four in five and take a quarter of the time; some are not fetched."""
    reserved, walked = (r.took("teller", service=s) for s in ("reserved", "walk-in"))
    assert 0.7 < len(reserved) / len(reserved + walked) < 0.9
    assert len(reserved) < 30
    assert {row.time for row in reserved} == {450}
    assert {row.time for row in walked} == {1800}


@shows("S20")
def _(r: Ran) -> None:
    """Each of the two steps saves a third; whoever filled in the form comes the next morning."""
    branch = {
        service: mean(sum(row.time for row in r.by("teller") if row.visit == one.number) for one in r.came(service))
        for service in ("old", "prefilled", "new")
    }
    assert branch == {"old": 3600, "prefilled": 2400, "new": 1200}
    first = {row.visit: row.entered for row in r.at("branch")}
    assert all(first[one.number] == DAY + 9 * HOUR for one in r.came("prefilled", "new"))
    assert {row.time for row in r.by("rpa")} == {15}


@shows("S21")
def _(r: Ran) -> None:
    """Two sheets and a voucher to file for each on paper; evidence, and a gap now and then, without."""
    paper, paperless = len(r.events("sheets")), len(r.at("code"))
    assert sum(r.amounts("sheets").values()) == 2 * paper > 0
    assert len(r.came("voucher")) == paper
    assert len(r.came("electronic")) == paperless == len(r.events("evidence"))
    gaps = r.events("VOUCHER_GAP.missed", "VOUCHER_GAP.detected")
    assert {row.service for row in gaps} == {"paperless"}
    fetched = len(r.events("fetched_change"))
    assert fetched == (paper - 10 + 20) // 21, "ten coins, then one in 21 fetches twenty"


@shows("S22")
def _(r: Ran) -> None:
    """Eight kinds of ten reach the machine; without a card left, or with a bad picture, the counter does it."""
    assert {row.service for row in r.by("vtm")} == {f"T{n:02d}" for n in range(1, 9)}
    counter = {row.visit for row in r.took("counter")}
    sent = {row.visit for row in r.events("no_card", "MEDIUM_UNCLEAR.detected")}
    assert sent
    assert sent <= counter
    talks = Counter(r.visits[row.visit].place for row in r.at("talk") if row.service in ("T01", "T02"))
    assert talks == {"branch-01": 6, "branch-02": 6}


@shows("S23")
def _(r: Ran) -> None:
    """The outlet serves from its first day on, the branch two days later; remote tellers serve the outlet."""
    days = {
        place: {int(one.arrived // DAY) for one in r.came() if one.place == place} for place in ("outlet", "branch")
    }
    assert days == {"outlet": {1, 2, 3}, "branch": {3}}
    assert len(r.events("covered")) == r.outcomes()["served"]
    assert {row.place for row in r.by("remote-teller")} == {"centre"}


@shows("S24")
def _(r: Ran) -> None:
    """At every hour somebody is served; the new hire of the night is slower, the substitute of the break is there."""
    served = r.took("agent")
    assert {int(row.started % DAY // HOUR) for row in served} == set(range(24))
    by_unit: dict[int, list[Row]] = {}
    for row in served:
        by_unit.setdefault(row.unit, []).append(row)
    assert len(by_unit) == 4
    night, *_ = (rows for rows in by_unit.values() if {row.started % DAY // (8 * HOUR) for row in rows} <= {0.0})
    talks = {row.visit: row.time for row in r.at("talk") if row.ended is not None}
    flat = r.changed(table={"learning": {"points": [[0, 1.0]]}})
    factor = {row.visit: talks[row.visit] / row.time for row in flat.at("talk") if row.visit in talks}
    new = {row.visit for row in night if row.started < DAY}
    assert {round(factor[visit], 3) for visit in new} == {1.275}, "five days of sixty"
    assert all(factor[row.visit] == pytest.approx(1, abs=1e-4) for row in served if row not in night)
    assert any(11.75 * HOUR <= row.started % DAY < 12.25 * HOUR for row in served)
    logins = r.came("login")
    assert {one.arrived % DAY for one in logins} == {11.75 * HOUR, 12.25 * HOUR, 8 * HOUR, 16 * HOUR, 0}
    assert 0 < len(r.events("LOGIN_LEFT_OPEN.detected", "LOGIN_LEFT_OPEN.missed")) < len(logins)


# --- contact centre (S25-S32) ---------------------------------------------------------------------------------------


@shows("S25")
def _(r: Ran) -> None:
    """Whoever found no line or gave up calls again, three times at most; call-backs leave an agent free."""
    out = r.outcomes("call")
    assert out["blocked"] > 0 < out["abandoned"]
    assert {one.attempt for one in r.came("call")} == {0, 1, 2, 3}
    assert len(r.came("returned")) == out["rung_back"] > 0
    assert r.at_once(r.by("line")) == 12
    again = sum(one.attempt > 0 for one in r.came("call"))
    assert again <= out["blocked"] + out["abandoned"]


@shows("S26")
def _(r: Ran) -> None:
    """A text agent holds three chats at once, who speaks only one call; voice agents help with text."""
    units = {row.unit for row in r.by("text")}
    assert max(r.at_once(row for row in r.by("text") if row.unit == unit) for unit in units) == 3
    assert all(
        r.at_once(row for row in r.by("voice", "video") if row.unit == unit) == 1
        for unit in {row.unit for row in r.by("voice", "video")}
    )
    assert any(r.home(row.unit) == "voice" for row in r.by("text"))


@shows("S27")
def _(r: Ran) -> None:
    """At most three attempts, none outside nine to eight; nobody is called again who answered."""
    assert Counter(one.attempt for one in r.came()).keys() == {0, 1, 2}
    assert all(9 * HOUR <= row.entered % DAY <= 20.1 * HOUR for row in r.at("dial"))
    again = sum(one.attempt > 0 for one in r.came())
    assert again == sum(one.attempt < 2 for one in r.came() if one.outcome == "no_answer")
    assert len(r.events("completed")) == r.outcomes()["served"]
    assert r.took("person")


@shows("S28")
def _(r: Ran) -> None:
    """A person gets at least half as many cases again done when bots complete theirs."""
    hours = {s: sum(row.time for row in r.took("person", service=s)) / HOUR for s in ("human-only", "with-bot")}
    rate = {s: len(r.came(s)) / hours[s] for s in hours}
    assert rate["human-only"] == pytest.approx(20)
    assert rate["with-bot"] >= 1.5 * rate["human-only"]
    assert len(r.events("by_robot")) + len(r.events("by_person")) == len(r.came())


@shows("S29")
def _(r: Ran) -> None:
    """All thirteen finish in time; two lines stay free for the urgent one; no call before its window."""
    assert len({row.service for row in r.events("contacted")}) == 13
    assert len(r.events("contacted")) == len(r.came())
    assert not r.events("past_deadline")
    assert r.at_once(r.took("dial")) == 4
    opens = {name: service.attributes["opens_h"] for name, service in r.scenario.service.items()}
    assert all(row.entered >= opens[row.service] * HOUR for row in r.took("dial"))
    assert any(row.time > 0 for row in r.at("waits"))
    assert mean(row.wait for row in r.took("urgent")) < mean(row.wait for row in r.took("dial"))


@shows("S30")
def _(r: Ran) -> None:
    """People see only what the assistant could not do, and who was told wrongly comes back."""
    assert 0 < len(r.took("person")) < 0.5 * len(r.took("bot"))
    wrong = r.outcomes()["comes_back"]
    assert 0 < sum(one.attempt > 0 for one in r.came()) <= wrong == len(r.events("wrong_answer"))
    assert r.at_once(r.by("text")) > 2, "several chats at once"


@shows("S31")
def _(r: Ran) -> None:
    """Every conversation is scanned, findings are reviewed within a day, and coaching makes errors rarer."""
    calls = [one for one in r.came("call") if one.outcome == "served"]
    scans = r.came("scan")
    assert len(scans) == len(calls) == r.outcomes("call").total()
    assert len(r.events("scanned")) >= 0.99 * len(scans)
    assert r.events("reviewed")
    assert max(r.amounts("reviewed").values()) < DAY
    first, second = (sum(row.entered // DAY == day for row in r.at("coach")) for day in (0, 1))
    assert first > second


@shows("S32")
def _(r: Ran) -> None:
    """One team serves both banks at all hours, one only its own; a contact costs less than one at a branch."""
    assert {row.service for row in r.by("day")} == {"contact-a", "contact-b"}
    assert {row.service for row in r.by("promised")} == {"contact-b"}
    assert {int(row.started // HOUR) for row in r.by("day")} >= set(range(1, 23))
    assert r.events("minutes_a")
    assert r.events("minutes_b")
    assert r.measures[Key("bill:a")] > 0 < r.measures[Key("bill:b")]
    assert Key("promise_kept:a") in r.measures
    assert Key("promise_kept:b") in r.measures
    r.units_add_up()
    labour, teams = r.tables.labour, r.tables.names.teams
    money = Counter[str]()
    for team, hours, cost in zip(teams, labour.paid_hours, labour.cost_per_hour, strict=True):
        money[team] += hours * cost
    centre, branch = r.by("day", "promised"), r.by("teller")
    assert (money["day"] + money["promised"]) / len(centre) < money["teller"] / len(branch)


# --- channels, air branch (S33-S37) ---------------------------------------------------------------------------------


@shows("S33")
def _(r: Ran) -> None:
    """About nine in ten do it online; a transaction that fails there ends at the counter."""
    electronic, counter = len(r.events("electronic")), len(r.events("over_the_counter"))
    assert electronic + counter == len(r.came())
    assert 0.88 < electronic / len(r.came()) < 0.95
    failed = {row.visit for row in r.at("failed")}
    assert failed
    assert failed <= {row.visit for row in r.took("counter")}


@shows("S34")
def _(r: Ran) -> None:
    """The income is the line's, which pays the agent a fifth of it; the results add up to the bank's."""
    sold = sum(r.amounts("sale").values())
    assert r.measures[Key("income")] == r.measures[Key("income:line")] == pytest.approx(sold)
    assert r.measures[Key("bill:line")] == pytest.approx(0.2 * sold)
    assert r.measures[Key("result:line")] == pytest.approx(0.8 * sold - 2000)
    r.units_add_up()


@shows("S35")
def _(r: Ran) -> None:
    """Entrusted customers are served by the air branch, and income and cost are shared to the cent."""
    for what in ("income", "cost"):
        bank, air, branch = (r.amounts(f"{unit}_{what}") for unit in ("bank", "air", "branch"))
        assert all(air[v] + branch[v] == pytest.approx(bank[v]) for v in bank)
        remote, local = ({row.visit for row in r.by(team)} for team in ("air-manager", "branch-manager"))
        assert remote
        assert local
        assert not remote & local
        assert all((air[v] > 0) == (v in remote) for v in bank)
        assert len({round(air[v] / bank[v], 3) for v in remote}) > 5, "by how hard it was"
    assert r.measures[Key("income")] == pytest.approx(sum(r.amounts("bank_income").values()))
    assert r.measures[Key("bill:branches")] > 0, "for the people of the air branch, by use"
    r.units_add_up()


@shows("S36")
def _(r: Ran) -> None:
    """Each customer moves once, above the threshold; from then on the home branch has its share."""
    moved = r.amounts("transfer")
    assert 0 < len(moved) <= 40
    assert all(aum >= 50_000 for aum in moved.values())
    assert set(r.amounts("welcomed").values()) == {1.0}, "the follower has the same account"
    bank, air, home = (r.amounts(f"{unit}_income") for unit in ("bank", "air", "home"))
    assert all(air[v] + home.get(v, 0) == pytest.approx(bank[v]) for v in bank)
    assert r.measures[Key("income:branch")] == pytest.approx(sum(home.values()))
    r.units_add_up()
    assert home
    assert min(row.entered for row in r.events("home_income")) > min(row.entered for row in r.events("transfer"))


@shows("S37")
def _(r: Ran) -> None:
    """On a platform a deal takes less time and fewer hand-offs, and is done when its paperwork is."""
    deals = r.amounts("deal")
    age = {s: mean(deals[one.number] for one in r.came(s) if one.number in deals) for s in ("siloed", "platform")}
    assert age["platform"] < age["siloed"]
    assert len(r.events("hand_off", service="siloed")) >= 2 * len(r.events("deal", service="siloed"))
    paperwork = sorted(one.left for one in r.came("paperwork") if one.left is not None)
    assert sorted(row.entered for row in r.events("deal", service="platform")) == paperwork


# --- complaints (S38-S41) -------------------------------------------------------------------------------------------


@shows("S38")
def _(r: Ran) -> None:
    """Nearly all tickets close in 15 days; late nodes are chased; who turns to the regulator is watched."""
    days = list(r.amounts("closed_days").values())
    assert len(days) > 50
    assert sum(d <= 15 for d in days) >= 0.95 * len(days)
    assert all(row.ended == row.entered + 2 * DAY for row in r.at("node") if row.unit < 0)
    assert r.events("node_late")
    last = r.scenario.run.days * DAY
    assert 0 < len([row for row in r.events("regulator") if row.entered < last]) == len(r.came("supervision"))
    assert all(row.entered % DAY == 10 * HOUR for row in r.took("desk", service="supervision"))


@shows("S39")
def _(r: Ran) -> None:
    """Who would complain outside waits less; the others age, so that nobody starves; some go outside all the same."""
    high, usual = r.took("high"), r.took("usual")
    assert mean(row.wait for row in high) < mean(row.wait for row in usual)
    assert max(row.wait for row in usual) < HOUR
    assert any(row.wait > 1500 for row in usual), "somebody got to the highest class"
    assert 0 < r.outcomes()["escalated"] == len(r.events("external_complaint"))
    skilled = [mean(row.team == "expert" for row in rows) for rows in (high, usual)]
    assert skilled[0] > skilled[1]


@shows("S40")
def _(r: Ran) -> None:
    """The fortieth complaint sets off a repair that takes a day; after it a third as many come."""
    (warning,), (remedied,) = r.events("warning"), r.events("remedied")
    assert len([one for one in r.came("complaint") if one.arrived < warning.entered]) >= 40
    assert remedied.entered >= warning.entered + DAY
    arrived = [one.arrived for one in r.came("complaint")]
    before = sum(t < remedied.entered for t in arrived) / remedied.entered
    after = sum(t >= remedied.entered for t in arrived) / (6 * DAY - remedied.entered)
    assert 0.1 < after / before < 0.6


@shows("S41")
def _(r: Ran) -> None:
    """Escalations are counted towards the year's target; the trigger calls the reserve before it is broken."""
    (trigger,) = r.events("trigger")
    assert r.amounts("trigger")[trigger.visit] == 12
    assert sorted(r.amounts("escalation").values()) == list(range(1, len(r.events("escalation")) + 1))
    assert next(row.event for row in r.events("trigger", "over_target")) == "trigger"
    moves = [when for when, pool, _ in r.moves() if pool == "handler"]
    assert moves
    assert min(moves) >= trigger.entered
    assert any(r.home(row.unit) == "reserve" for row in r.by("handler"))
    used = {key: value for key, value in r.measures.items() if key.measure == "target_used:escalation"}
    first = Key("target_used:escalation", place="institution-01", service="card")
    one = [row for row in r.events("escalation", service="card") if r.visits[row.visit].place == "institution-01"]
    assert used[first] == pytest.approx(sum(row.entered < 2 * DAY for row in one) / 4)
    assert used[first] > 1 > used[Key("target_used:escalation", place="institution-02")]


# --- when something goes wrong (S42-S49) ----------------------------------------------------------------------------


@shows("S42")
def _(r: Ran) -> None:
    """Nobody talks while the line is down; who was talking goes on at the counter with what was left, or waits."""
    down = [(10.5 * HOUR, 11.5 * HOUR), (14 * HOUR, 14 * HOUR + 2400)]
    talks = [row for row in r.at("talk") if row.ended is not None]
    assert all(row.ended <= start or row.entered >= end for row in talks for start, end in down)
    fell = r.amounts("fell_back")
    assert fell
    assert all(0 <= done < 1 for done in fell.values())
    counter = {row.visit for row in r.took("counter")}
    assert fell.keys() <= counter
    assert {row.visit for row in r.events("sent_to_counter")} <= counter
    paused = [row for row in r.at("watch", "send") for start, end in down if row.entered < start and row.ended > end]
    assert {row.block for row in paused} == {"watch", "send"}
    assert r.events("AV_DEGRADED")
    assert r.events("AV_DROP")
    assert (r.day.disruption["op"] == LINK_FAILS).sum() >= 4


@shows("S43")
def _(r: Ran) -> None:
    """Who is at a machine that fails goes to the counter; a crash leaves it down for at least five minutes."""
    assert (r.day.disruption["op"] == UNIT_FAILS).any()
    counter = {row.visit for row in r.took("counter")}
    assert {row.visit for row in r.events("device_failed", "CLIENT_CRASH")} <= counter
    assert r.events("device_failed")
    machines = r.by("smart", "smart-2")
    for crash in r.events("CLIENT_CRASH"):
        (machine,) = (row for row in machines if row.visit == crash.visit)
        later = [row.started for row in machines if row.unit == machine.unit and row.started >= machine.ended]
        assert all(started >= crash.entered + 300 for started in later)
    wait = {team: mean(row.wait for row in machines if row.team == team) for team in ("smart", "smart-2")}
    assert wait["smart-2"] < wait["smart"]


@shows("S44")
def _(r: Ran) -> None:
    """With doors open until eight people wait less; with doors open until five tellers stay on for those inside."""
    wait = {team: mean(row.wait for row in r.by(team)) for team in ("teller-five", "teller-eight")}
    assert wait["teller-eight"] < wait["teller-five"] / 2
    assert max(row.ended for row in r.by("teller-five")) > 17 * HOUR + 600
    assert set(r.outcomes()) == {"served"}


@shows("S45")
def _(r: Ran) -> None:
    """The 15th is a Sunday, so pensions are paid on Monday: the old wait at the doors and are served first."""
    assert [r.scenario.run.day_class(day) for day in range(4)] == ["workday", "weekend", "weekend", "pension"]
    monday = [row for row in r.took("lane", "window") if row.entered >= 3 * DAY]
    early = [row for row in monday if row.entered < 3 * DAY + 9 * HOUR]
    assert len(early) > 5
    assert all(row.started >= 3 * DAY + 9 * HOUR for row in early)
    morning = [row for row in monday if 9 * HOUR <= row.entered - 3 * DAY < 11 * HOUR]
    lane, window = ([row.wait for row in morning if row.block == block] for block in ("lane", "window"))
    assert mean(lane) < mean(window)
    assert r.at_once(monday) == 4
    assert r.at_once(row for row in r.took("lane", "window") if row.entered < DAY) == 2


@shows("S46")
def _(r: Ran) -> None:
    """More come every day; cash is never overdrawn, who finds none waits for the van; one in four shifts is missing."""
    days = Counter(int(one.arrived // DAY) for one in r.came("cash"))
    assert days[3] > days[0]
    assert len(r.events("refilled")) == len(r.came("refill")) > 1
    taken = sum(r.amounts("taken").values())
    assert taken <= 100 + 200 * len(r.events("refilled"))
    assert all(200 <= cash < 230 for cash in r.amounts("refilled").values()), "never less than nothing before"
    waited = [row for row in r.at("cash") if row.ended is not None and row.ended > row.entered]
    assert waited
    assert not r.events("cash_out")
    assert 0 < r.day.absent.sum() < r.day.absent.size
    assert r.scenario.run.day_class(3) == "makeup_workday"


@shows("S47")
def _(r: Ran) -> None:
    """Shifts are missing, people of the branch are recalled and serve remotely; who waits too long goes to them."""
    assert 0 < r.day.absent.sum() < r.day.absent.size == 12
    assert "agent" in {pool for _, pool, _ in r.moves()}
    assert any(r.home(row.unit) == "flexible" for row in r.by("agent"))
    sent = [row for row in r.at("agent") if row.unit < 0 and row.ended == row.entered + 300]
    assert sent
    assert {row.visit for row in sent} <= {row.visit for row in r.took("counter")}


@shows("S48")
def _(r: Ran) -> None:
    """Before the rule nobody is verified; after it more of the fraud is seen."""
    (force,) = r.events("in_force")
    assert force.entered == DAY + 9 * HOUR
    verified = r.events("verified")
    assert verified
    assert all(row.entered > force.entered for row in verified)
    seen, missed = (
        Counter(row.visit in {v.visit for v in verified} for row in r.events(f"FRAUD_ATTEMPT.{what}"))
        for what in ("detected", "missed")
    )
    assert seen[True] / (seen[True] + missed[True]) > seen[False] / (seen[False] + missed[False])
    assert len(r.events("FRAUD_ATTEMPT.detected")) == r.outcomes()["refused"]


@shows("S49")
def _(r: Ran) -> None:
    """Nothing before the review is passed; the wave dies down; complaints come half a day after the calls."""
    (launched,) = r.events("launched")
    contacts = [row.entered for row in r.events("contact")]
    assert launched.entered < min(contacts)
    assert all(one.arrived >= launched.entered for one in r.came("inquiry", "purchase"))
    wave = Counter(int((one.arrived - launched.entered) // DAY) for one in r.came("inquiry"))
    assert wave[0] > wave[2]
    complaints = r.events("complaint")
    assert complaints
    assert min(row.entered for row in complaints) >= min(contacts) + DAY / 2
    assert len(r.came("regret")) == len(contacts)


# --- all together ---------------------------------------------------------------------------------------------------

RISKS = (
    "VOUCHER_GAP", "ID_SKIPPED", "FRAUD_ATTEMPT", "PROXY_OP", "MEDIUM_UNCLEAR", "SEGREGATION_VIOLATION",
    "HANDOVER_SWAP", "SECURITY_ALERT", "LOGIN_LEFT_OPEN", "SIGN_DOUBT", "AV_DEGRADED", "AV_DROP", "CLIENT_CRASH",
    "DOC_MISSING", "REVERSAL_NEEDED", "AV_RISK_FLAG",
)  # fmt: skip
"""The risk table of the domain notes."""


def test_every_risk_of_the_domain_notes_happens():
    happened = {row.event.partition(".")[0] for name in IDS for row in ran(name).rows}
    assert set(RISKS) <= happened


def _keys(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(data).union(*(_keys(value) for value in data.values()))
    return set().union(*(_keys(value) for value in data)) if isinstance(data, (list, tuple)) else set()


def test_every_field_of_a_block_is_needed_somewhere():
    """So that no rule is without a scenario that asks for it."""
    used: set[str] = set()
    for name in IDS:
        used |= _keys(ran(name).scenario.model_dump(mode="json", exclude_defaults=True, by_alias=True))
    of_blocks = [model for model in vars(blocks).values() if isinstance(model, type) and issubclass(model, Frozen)]
    others = [scenario.Stream, scenario.Pool, scenario.Place, *vars(money).values(), *vars(sections).values()]
    models = [*of_blocks, *(one for one in others if isinstance(one, type) and issubclass(one, Frozen))]
    fields = {field.alias or name for model in models for name, field in model.model_fields.items()}
    logs = set(sections.ArrivalRow.model_fields) | set(sections.OverrideRow.model_fields)
    assert len(fields) > 100
    assert fields - used - logs - {"currency"} == set()
