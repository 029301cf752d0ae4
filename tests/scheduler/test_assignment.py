"""Teams and branches: what may be, what it costs, how good it is proven to be, and that a simulation finds it so."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import scheduler
import sim
from scheduler.assignment import Limits, Pair, TeamLimits, columns, exact, search
from scheduler.assignment.problem import NOBODY, Problem

# ---------------------------------------------------------------------------------------- in numbers


def carried(most, hold_s=900.0, within_s=300.0):
    """Return the load, in hundredths of an erlang, that 0 … `most` people carry: Erlang C, 80 % in 300 s."""
    out = [0]
    for n in range(1, most + 1):
        low, high = out[-1], 100 * n
        while high - low > 1:
            middle = (low + high) // 2
            kept = sim.theory.erlang_c(n, middle / 100 * 3600 / hold_s, hold_s).within(within_s) >= 0.8
            low, high = (middle, high) if kept else (low, middle)
        out.append(low)
    return np.array(out)


CARRIED = carried(30)


def problem(loads, teams, most=None, *, price=None, allowed=None, changed=None, branch=None, people=30):
    loads = np.asarray(loads)
    pieces = len(loads)
    return Problem(
        0.01,
        loads,
        np.arange(pieces) if branch is None else np.asarray(branch),
        np.ones((pieces, teams), bool) if allowed is None else np.asarray(allowed, bool),
        (CARRIED[: people + 1],) * teams,
        np.ones(teams) if price is None else np.asarray(price, float),
        np.full(teams, pieces if most is None else most),
        np.zeros((pieces, teams)) if changed is None else np.asarray(changed, float),
    )


def best_of_all(of):
    """Return the least cost of every assignment there is."""
    teams = range(len(of.carried))
    return min(of.cost(one) for one in itertools.product(teams, repeat=len(of.loads)) if not of.wrong(one))


def random_problem(seed, pieces=7, teams=3):
    generator = np.random.Generator(np.random.PCG64(seed))
    return problem(
        generator.integers(20, 200, pieces),
        teams,
        most=3,
        price=generator.choice([3.5, 4.0, 4.5], teams),
        allowed=(generator.random((pieces, teams)) < 0.8) | (np.arange(teams) == 0)[None, :].repeat(pieces, 0),
        changed=generator.choice([0.0, 0.5], (pieces, teams)),
        branch=generator.integers(0, 5, pieces),
    )


@pytest.mark.parametrize("together", [1, 2, 4, 5, 10, 20])
def test_pooling_is_counted_as_erlang_counts_it(together):
    """20 branches of 1 erlang: 60 people alone, 40 in pairs, 30, 28, 26, and 23 in one pool."""
    of = problem([100] * 20, 20 // together, most=together)
    teams = [i // together for i in range(20)]
    assert of.cost(teams) == {1: 60, 2: 40, 4: 30, 5: 28, 10: 26, 20: 23}[together]
    found, bound = exact.proven(of, teams, seconds=20, seed=1)
    assert of.cost(found) == of.cost(teams) == pytest.approx(bound)


@pytest.mark.parametrize("seed", range(12))
def test_proof_and_bound_are_true_where_everything_can_be_tried(seed):
    """2,187 assignments each: the program's optimum is theirs, the columns' bound is never above it."""
    of = random_problem(seed)
    truth = best_of_all(of) if any(not of.wrong(one) for one in itertools.product(range(3), repeat=7)) else math.inf
    start = search.searched(of, seconds=5, seed=seed)
    if math.isinf(truth):
        assert NOBODY in start
        return
    assert not of.wrong(start)
    assert of.cost(start) <= 1.1 * truth
    found, bound = exact.proven(of, start, seconds=20, seed=seed)
    assert not of.wrong(found)
    assert of.cost(found) == pytest.approx(truth)
    assert bound == pytest.approx(truth, abs=0.01)
    below = columns.bounded(of, [start], seconds=10)
    assert below.bound <= truth + 1e-6
    assert below.bound >= 0.75 * truth
    chosen = columns.chosen(of, below.columns, start, seconds=5, seed=seed)
    assert not of.wrong(chosen)
    assert truth - 1e-9 <= of.cost(chosen) <= of.cost(start)


def test_a_column_is_the_best_set_at_its_prices():
    """The knapsack by dynamic programming finds what trying all 127 sets finds."""
    for seed in range(6):
        of = random_problem(seed)
        generator = np.random.Generator(np.random.PCG64(100 + seed))
        prices = generator.random(7) * 4
        for kind, (team, *_) in enumerate(of.classes):
            pricer = columns._Pricer(of, kind)
            gain, sets = pricer.best(prices)
            mine = [i for i in range(7) if of.allowed[i, team]]
            worth = [
                float(prices[list(one)].sum()) - columns._cost(of, team, one)
                for size in range(1, len(mine) + 1)
                for one in itertools.combinations(mine, size)
            ]
            assert gain == pytest.approx(max(0.0, *worth))
            for one in sets[:1]:
                assert float(prices[list(one)].sum()) - columns._cost(of, team, one) == pytest.approx(gain)


def test_an_even_load_costs_no_more():
    of = problem([100] * 12, 3)
    lopsided = [0] * 8 + [1] * 2 + [2] * 2
    even = search.fairer(of, lopsided, seconds=5, seed=1)
    assert of.cost(even) <= of.cost(lopsided)
    assert search.unevenness(of, even) <= search.unevenness(of, lopsided)
    assert not of.wrong(even)


def test_what_nobody_has_room_for_stays_nobodys():
    of = problem([300] * 4, 1, people=10)
    found = search.improve(of, search.greedy(of), seconds=2, seed=1)
    assert found.count(NOBODY) == 2
    assert of.wrong(found) == ["nobody"]


def forty(seed=1):
    """Return 40 branches of different size, two cities, eight teams of three wages with at most eight branches each."""
    generator = np.random.Generator(np.random.PCG64(seed))
    city = generator.integers(2, size=40)
    loads = np.rint(100 * generator.gamma(4, 0.25, 40)).astype(int)
    return problem(
        loads, 8, most=8, price=generator.choice([3.5, 4.0, 4.5], 8), allowed=city[:, None] == np.arange(8)[None, :] % 2
    )


@pytest.mark.slow
def test_forty_branches_are_proven_within_one_percent():
    of = forty()
    start = search.searched(of, seconds=20, seed=1)
    found, bound = exact.proven(of, start, seconds=60, seed=1)
    assert not of.wrong(found)
    assert of.cost(found) - bound <= 0.01 * of.cost(found)


# ------------------------------------------------------------------------------------ of scenarios


def network(branches=6, *, serving=(), teams=None, **changes):
    """Return branches of two cities that ask a centre: S1 and S2 by video, half of S2 checked by somebody else."""
    video = [
        {"seize": {"name": "agent", "needs": [["remote_agent", "remote_agent.backup"]],
                   "patience": {"law": "exponential", "mean_s": 600}}},
        {"advance": {"law": "exponential", "mean_s": 600}},
    ]  # fmt: skip
    checked = [
        *video,
        {"transfer": {"next": 0.5, "release": "rest"}},
        {"serve": {"name": "check", "by": ["checker"], "takes": {"law": "exponential", "mean_s": 120}}},
        {"release": ["agent"]},
    ]
    agents = {
        name: {
            "place": "centre",
            "role": "remote_agent",
            "staff": 12,
            "cost_per_hour": 60.0,
            "serves": ["east", "west"],
        }
        for name in ("a", "b", "c")
    }
    checkers = {
        name: {"place": "centre", "role": "checker", "staff": 6, "cost_per_hour": 90.0, "serves": ["east", "west"]}
        for name in ("x", "y")
    }
    return sim.validated({
        "id": "network",
        "run": {"days": 1, "warm_up_s": 0},
        "place": {
            "bank": {"kind": "bank"},
            "east": {"kind": "city", "parent": "bank"},
            "west": {"kind": "city", "parent": "bank"},
            "centre": {"kind": "centre", "parent": "east"},
            "e": {"parent": "east", "count": branches // 2, "opens": "09:00", "closes": "17:00"},
            "w": {"parent": "west", "count": branches - branches // 2, "opens": "09:00", "closes": "17:00"},
        },
        "team": {**agents, **checkers, **(teams or {})},
        "route": {"video": [*video, {"release": ["agent"]}], "checked": checked},
        "service": {"S1": {"route": "video"}, "S2": {"route": "checked"}},
        "stream": {
            "east": {"place": "e", "rate_per_hour": 4, "shares": {"S1": 3, "S2": 1}},
            "west": {"place": "w", "rate_per_hour": 6, "shares": {"S1": 3, "S2": 1}},
        },
        "serving": serving,
        **changes,
    })  # fmt: skip


PROMISE = sim.Promise(0.8, 120.0)


def assign(scenario, seconds=8, **limits):
    return scheduler.assign(scenario, PROMISE, limits=Limits(**limits), seconds=seconds)


def test_as_few_people_as_possible_and_a_backup_for_everyone():
    """Without limits one team has everything, and its people are those of one pool."""
    found = assign(network())
    assert found.status == "optimal"
    assert found.findings == ()
    assert found.people == found.one_pool < found.alone
    assert found.cost == pytest.approx(found.lower_bound)
    assert {row.first for row in found.rows} == {found.rows[0].first}
    assert all(row.backup not in (None, row.first) for row in found.rows)
    load = (3 * 4 + 3 * 6) * (600 + 0.25 * 0.5 * 120) / 3600
    assert sum(row.load for row in found.rows) == pytest.approx(load, rel=0.03)


def test_every_limit_is_kept():
    limits = {
        "teams": {
            "a": TeamLimits(most_branches=2, most_backups=2),
            "b": TeamLimits(most_branches=2, dialects=("wu",)),
            "c": TeamLimits(places=("west",), licences=("fx",)),
        },
        "dialects": {"e-01": ("wu",)},
        "licences": {"S2": ()},
        "barred": (Pair("b", place="w-01"),),
        "fixed": (Pair("a", place="e-03"),),
    }
    found = assign(network(), **limits)
    assert found.status in ("optimal", "feasible")
    first, second = ({row.place: getattr(row, kind) for row in found.rows} for kind in ("first", "backup"))
    assert first["e-03"] == "a"
    assert first["e-01"] == "b"
    assert second["e-01"] is None
    assert "b" not in (first["w-01"], second["w-01"])
    for choice, most in ((first, 2), (second, 2)):
        assert len({place for place, team in choice.items() if team == "a"}) <= most
    assert all(place.startswith("w") for one in (first, second) for place, team in one.items() if team == "c")
    assert [finding.code for finding in found.findings] == ["assign_no_backup"]


def test_city_and_licence():
    """Teams in the east may not serve the west; who has no licence may not do S2."""
    place = {**network().model_dump(exclude_none=True)["place"], "far": {"kind": "centre", "parent": "west"}}
    away = network(
        teams={"d": {"place": "far", "role": "remote_agent", "staff": 9, "serves": ["west"]}},
        place=place,
    )
    found = assign(away, same_city=True, licences={"S2": ("fx",)}, teams={
        "b": TeamLimits(licences=("fx",)), "d": TeamLimits(licences=("fx",)),
    })  # fmt: skip
    for row in found.rows:
        assert row.first in ("d",) if row.place.startswith("w") else ("a", "b", "c")
        if "S2" in row.services:
            assert row.first in ("b", "d")


def test_who_checks_is_of_another_unit_than_who_makes():
    units = {"a": "one", "b": "two", "c": "two", "x": "one", "y": "two"}
    found = assign(
        network(),
        checkers={"checker": "remote_agent"},
        teams={name: TeamLimits(unit=unit) for name, unit in units.items()},
    )
    made = {(row.place, service): row for row in found.rows if row.role == "remote_agent" for service in row.services}
    checked = [row for row in found.rows if row.role == "checker"]
    assert {row.place for row in checked} == {row.place for row in found.rows}
    for row in checked:
        maker = made[row.place, "S2"]
        assert row.services == ("S2",)
        assert units[row.first] != units[maker.first]
        assert maker.backup is None or units[row.first] != units[maker.backup]


def test_what_is_stays_unless_it_saves_more_than_it_costs():
    """Two teams with three branches each: one pool saves people, but not for 10,000 a change."""
    now = [{"place": place, "team": team} for place, team in (("e", "a"), ("w", "b"))]
    cheap, dear = (assign(network(serving=now), change_price=price) for price in (0.0, 10_000.0))
    assert dear.changed == 0
    assert {(row.place[0], row.first) for row in dear.rows} == {("e", "a"), ("w", "b")}
    assert cheap.people < dear.people
    assert cheap.changed > 0


def test_equal_teams_keep_their_branches():
    """With at most three branches each somebody has the east and somebody the west; nobody moves without need."""
    now = [{"place": place, "team": team} for place, team in (("e", "c"), ("w", "a"))]
    alike = {name: TeamLimits(most_branches=3) for name in ("a", "b", "c")}
    found = assign(network(serving=now), teams=alike, barred=())
    kept = sum(row.first == row.before for row in found.rows)
    assert kept >= 4


def test_no_room_and_nobody_are_said():
    none = assign(network(), teams={name: TeamLimits(places=("east",)) for name in ("a", "b", "c")})
    assert none.status == "infeasible"
    assert none.cost is None
    assert {finding.code for finding in none.findings} >= {"assign_nobody_may"}
    small = assign(network(), teams={name: TeamLimits(people=1) for name in ("a", "b", "c")})
    assert small.status == "infeasible"
    assert "assign_too_little_room" in {finding.code for finding in small.findings}


def test_parts_of_the_day_are_served_as_assigned_in_simulation():
    """By hand: team a in the morning, team b in the afternoon; simulated, all who are served first are theirs."""
    found = assign(network(), parts=(13 * 3600,), teams={
        "a": TeamLimits(), "b": TeamLimits(), "c": TeamLimits(),
    })  # fmt: skip
    assert {(row.start_s, row.end_s) for row in found.rows} == {(0, 46_800), (46_800, 86_400)}
    scenario = found.scenario
    sites = sim.Sites(scenario)
    for row in found.rows:
        part = sites.parts.index(row.start_s)
        for word, team in (("remote_agent", row.first), ("remote_agent.backup", row.backup)):
            pools = sites.resolve(word, sites.index[row.place], row.services[0], part)
            assert [sites.posts[pool].team for pool in pools] == [team]
    study = sim.simulate(scenario, reps=10, seed=3)
    busy = {name: study.value("occupancy", pool=name).value for name in ("a", "b", "c")}
    used = {row.first for row in found.rows}
    assert all((busy[name] or 0) > 0.1 for name in used)


def test_the_people_that_an_assignment_asks_for_keep_the_promise_in_simulation():
    """Four branches at most for each team: with the people of `teams` on duty all day, 80 % within 120 s hold."""
    found = assign(network(8), teams={name: TeamLimits(most_branches=4) for name in ("a", "b", "c")})
    people = {share.team: share.people for share in found.teams}
    scenario = found.scenario.with_staff({**people, "x": 30})
    scenario = scenario.replace(
        rules={**scenario.rules.model_dump(), "sl_threshold_s": 120.0, "wait_of": "seize:agent"}
    )
    row = sim.simulate(scenario, reps=60, seed=5).value("service_level")
    assert row.value + row.half_width >= 0.8
    fewer = {name: max(0, n - 1) for name, n in people.items()}
    worse = sim.simulate(scenario.with_staff(fewer), reps=60, seed=5).value("service_level")
    assert worse.value < row.value


def test_stop_returns_the_best_so_far():
    calls = itertools.count()
    found = scheduler.assign(network(), PROMISE, seconds=30, stop=lambda: next(calls) > 1)
    assert found.cost is not None
    assert not {row.first for row in found.rows} & {None}


def test_limits_are_read_from_a_file(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text(
        'parts = ["12:00"]\nsame_city = true\nchange_price = 5\n[team.a]\nmost_branches = 3\nlicences = ["fx"]\n'
        '[place.e]\ndialects = ["wu"]\n[service.S2]\nlicences = ["fx"]\n[[fixed]]\nteam = "a"\nplace = "e-01"\n',
        "utf-8",
    )
    assert scheduler.limits(path) == Limits(
        parts=(43_200,),
        same_city=True,
        change_price=5,
        teams={"a": TeamLimits(most_branches=3, licences=("fx",))},
        dialects={"e": ("wu",)},
        licences={"S2": ("fx",)},
        fixed=(Pair("a", "e-01"),),
    )


def test_every_fault_of_a_file_comes_at_once(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text(
        'parts = ["14:00", "12:00"]\nsame_city = "yes"\nchange_price = -1\ncolour = 1\n'
        '[team.a]\nmost_branches = -2\nplaces = "east"\n[[fixed]]\nplace = "e"\n',
        "utf-8",
    )
    with pytest.raises(sim.InputError) as error:
        scheduler.limits(path)
    found = {(fault.code, fault.field) for fault in error.value.faults}
    assert found == {
        ("assign_parts", "parts"),
        ("assign_yes_no", "same_city"),
        ("greater_than_equal", "change_price"),
        ("assign_field", "colour"),
        ("greater_than_equal", "team.a.most_branches"),
        ("assign_list", "team.a.places"),
        ("missing", "fixed.0.team"),
    }
    with pytest.raises(sim.InputError) as error:
        scheduler.limits(tmp_path / "nothing.toml")
    assert [fault.code for fault in error.value.faults] == ["no_such_file"]


def test_unknown_names_and_roles_are_refused():
    with pytest.raises(sim.InputError) as error:
        assign(network(), roles=("captain",), teams={"z": TeamLimits(places=("moon",))}, licences={"S9": ()})
    assert {fault.code for fault in error.value.faults} == {
        "unknown_team",
        "unknown_place",
        "unknown_service",
        "unknown_role",
    }
