"""What the commands that plan print for a person: plans, checks, explanations, frontiers, changes of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import words
from ui.cli.output import table
from ui.exports import assignment as export
from ui.exports import changes, roster
from ui.exports import headcount as year
from ui.words import say, speech, telling

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_FINDINGS = 8
_MOST_ROWS = 60


def lines(lang: str, planned: Mapping[str, Any]) -> list[str]:
    """Return what a plan is: its people, whether the promises hold, its cost and bound, findings."""
    said = []
    if planned["status"] == "infeasible":
        said.append(say(lang, "demo.plan_infeasible"))
    if planned.get("interrupted"):
        said.append(say(lang, "demo.plan_interrupted"))
    for team, people in planned["people"].items():
        mine = [row for row in planned["roster"] if row["team"] == team]
        said.append(
            say(
                lang, "demo.plan_people" if planned["weeks"] == 1 else "demo.plan_people_weeks", people=people,
                team=words.title(lang, planned["names"].get(team), team), weeks=planned["weeks"],
                shifts=len(mine), hours=f"{sum(row['paid_h'] for row in mine):,.1f}",
            )
        )  # fmt: skip
    said += [*_kept(lang, planned), *_money(lang, planned), *_worth(lang, planned)]
    names = roster.titles(planned)
    found = telling.told(lang, planned["findings"], planned["currency"], names)
    said += found[:_MOST_FINDINGS]
    if len(found) > _MOST_FINDINGS:
        said.append(say(lang, "demo.more_findings", n=len(found) - _MOST_FINDINGS))
    return said


def _kept(lang: str, planned: Mapping[str, Any]) -> list[str]:
    """Return whether the promises hold on fresh luck."""
    out = planned["achieved"]["out_of_sample"]
    if out is None or out["share"] is None:
        return []
    promises = planned.get("promises") or [planned["promise"]]
    values = {
        "promise": say(lang, "unit.listed").join(speech.promise(lang, one) for one in promises),
        "share": speech.percent(lang, out["share"]),
        "margin": speech.margin(lang, "service_level", out["half_width"]),
    }
    within = words.duration(lang, planned["promise"]["within_s"])
    if planned["kept"] and planned["promise"]["share"] is not None:
        said = [say(lang, "demo.plan_kept", within_s=within, reps=out["replications"], **values)]
    elif planned["kept"]:
        said = [say(lang, "demo.plan_kept_all", reps=out["replications"], promise=values["promise"])]
    else:
        judged = out.get("judged") or out["cells"]
        said = [say(lang, "demo.plan_broken", cells=sum(not cell["kept"] for cell in judged), **values)]
    draws = planned.get("draws")
    if draws:
        share = speech.percent(lang, draws["every_cell"] / draws["sets"] if draws["sets"] else None, 0)
        overall = speech.percent(lang, draws["overall"] / draws["sets"] if draws["sets"] else None, 0)
        said.append(say(lang, "demo.plan_draws", sets=draws["sets"], share=share, overall=overall))
    return said


def _money(lang: str, planned: Mapping[str, Any]) -> list[str]:
    """Return cost, bound, what simple ways to plan would cost, and what the promise costs at the margin."""
    currency, said = planned["currency"], []

    def money(value: float | None) -> str:
        return speech.quantity(lang, "cost", value, currency)

    if planned["gap"] is not None:
        key = f"demo.plan_bound.{planned['relaxation']}"
        values = {"cost": money(planned["cost"]), "bound": money(planned["lower_bound"])}
        gap = speech.percent(lang, planned["gap"])
        said.append(say(lang, key if words.known(key) else "demo.plan_bound", gap=gap, **values))
    elif planned["cost"]:
        said.append(say(lang, "demo.plan_cost", cost=money(planned["cost"])))
    for one in planned.get("baselines") or ():
        key = f"demo.baseline.{one['name']}"
        name = say(lang, key) if words.known(key) else one["name"]
        kept = say(lang, "demo.baseline_kept" if one["kept"] else "demo.baseline_broken")
        dearer = planned["cost"] and one["cost"] and one["cost"] / planned["cost"] - 1
        more = "" if not dearer else f"{100 * dearer:+.1f}%"
        said.append(say(lang, "demo.plan_baseline", name=name, cost=money(one["cost"]), more=more, kept=kept))
    price = planned.get("price")
    if price and price["per_point"] is not None:
        said.append(say(lang, "demo.plan_price", price=money(price["per_point"])))
    return said


def _worth(lang: str, planned: Mapping[str, Any]) -> list[str]:
    """Return what one more hour of each team buys: its best hour."""
    said, seen = [], set()
    for one in planned.get("worth") or ():
        if one["team"] in seen or one["share"] is None:
            continue
        seen.add(one["team"])
        said.append(
            say(
                lang, "demo.plan_worth", team=words.title(lang, planned["names"].get(one["team"]), one["team"]),
                start=words.clock(one["start_s"]), end=words.clock(one["end_s"]),
                day_class=speech.day_class(lang, one["day_class"]), points=f"{100 * one['share']:.2f}",
                cost=speech.quantity(lang, "cost", one["cost"], planned["currency"]),
            )
        )  # fmt: skip
    return said


def check(lang: str, found: Mapping[str, Any]) -> None:
    """Print what a check of a roster found broken."""
    print(say(lang, "cli.roster_checked", shifts=found["shifts"], people=found["people"], contract=found["contract"]))
    if not found["violations"]:
        print(say(lang, "cli.roster_legal"))
        return
    print()
    rows = [
        [
            rule(lang, one["rule"]), one["person"], str(one["day"] + 1), amount(lang, one["value"], one["unit"]),
            amount(lang, one["limit"], one["unit"]), say(lang, "cli.rule_hard" if one["hard"] else "cli.rule_soft"),
            words.title(lang, one["source"]), one.get("cell") or "",
        ]
        for one in found["violations"]
    ]  # fmt: skip
    names = ("rule", "person", "day_number", "found", "limit", "kind", "source", "cell")
    print(table([say(lang, f"cli.column.{name}") for name in names], rows[:_MOST_ROWS], left=2))
    if len(rows) > _MOST_ROWS:
        print(say(lang, "cli.more_entries", n=len(rows) - _MOST_ROWS))
    print()
    print(say(lang, "cli.roster_legal_soft" if found["legal"] else "cli.roster_illegal", n=len(rows)))


def rule(lang: str, name: str) -> str:
    """Return the name of a labour rule in words."""
    key = f"unit.rule.{name}"
    return say(lang, key) if words.known(key) else name


def amount(lang: str, value: float | None, unit: str) -> str:
    """Return what a rule counts, in its unit."""
    if value is None:
        return say(lang, "unit.none")
    shown = f"{value:,.2f}".rstrip("0").rstrip(".")
    key = f"unit.rule_unit.{unit}" if unit else ""
    return say(lang, key, n=shown) if key and words.known(key) else shown


def explained(lang: str, found: Mapping[str, Any]) -> None:
    """Print why a person is on a shift, who could take one, or what the plan found."""
    if found["candidates"] is None:
        for line in telling.told(lang, found["findings"], found["currency"], roster.titles(found)):
            print("•", line)
        if not found["findings"]:
            print(say(lang, "cli.nothing_to_explain"))
        return
    day = roster.day(lang, found, found["day"])
    times = f"{words.clock(found['start_s'])}–{words.clock(found['end_s'])}"
    print(say(lang, "cli.who_could", day=day, times=times))
    print()
    rows = []
    for one in found["candidates"]:
        # Rest of less than nothing: both shifts are of one day, which another rule says.
        broken = [each for each in one["violations"] if not (each["value"] is not None and each["value"] < 0)]
        why = list(dict.fromkeys(_reason(lang, each) for each in broken))
        overtime = words.duration(lang, one["overtime_s"]) if one["overtime_s"] else ""
        can = say(lang, "cli.can" if one["can"] else "cli.cannot")
        wishes = f"{one['wishes']:+d}" if one["wishes"] else ""
        person = roster.labelled(found, one["person"])
        rows.append([person, can, overtime, wishes, say(lang, "unit.listed").join(why)])
    names = ("person", "can", "overtime", "wishes", "because")
    print(table([say(lang, f"cli.column.{name}") for name in names], rows[:_MOST_ROWS], left=5))
    if len(rows) > _MOST_ROWS:
        print(say(lang, "cli.more_entries", n=len(rows) - _MOST_ROWS))


def _reason(lang: str, one: Mapping[str, Any]) -> str:
    """Return what a rule says against somebody, in few words; its source is in the document."""
    text = rule(lang, one["rule"])
    if not one["unit"]:
        return text
    values = {"value": amount(lang, one["value"], one["unit"]), "limit": amount(lang, one["limit"], one["unit"])}
    return say(lang, "cli.rule_broken", rule=text, **values)


def frontier(lang: str, found: Mapping[str, Any]) -> None:
    """Print the plans of a frontier."""
    print(f"{found['scenario']}  {words.title(lang, found['title'])}".rstrip())
    print(say(lang, "cli.frontier_of", reps=found["replications"], seed=found["seed"], weeks=found["weeks"]))
    print()
    share = found["measure"] in ("share", "abandoned_share")
    measure = "service_level" if share else found["measure"]

    def level(value: float | None, width: float | None = None) -> str:
        if value is None:
            return say(lang, "unit.none")
        return speech.quantity(lang, measure, value) + speech.margin(lang, measure, width)

    def money(value: float | None) -> str:
        return speech.quantity(lang, "cost", value, found["currency"])

    rows = [
        [
            money(one["budget"]), level(one["asked"]), money(one["cost"]), f"{one['paid_hours']:,.1f}",
            level(one["value"], one["half_width"]), level(one["worst"], one["worst_half_width"]),
            say(lang, "unit.true" if one["kept"] else "unit.false"), "*" if one["best"] else "",
        ]
        for one in found["points"]
    ]  # fmt: skip
    names = ("budget", "asked", "cost", "paid_hours", "value", "worst", "kept", "best")
    print(table([say(lang, f"export.frontier.{name}") for name in names], rows, left=0))
    for one in found["findings"]:
        print("•", speech.sentence(lang, one, found["currency"]))


def headcount(lang: str, found: Mapping[str, Any]) -> None:
    """Print what a year comes to, and people needed and there at its beginning, middle and end."""
    for line in year.said(lang, found):
        print("•", line)
    shown = sorted({0, found["months"] // 2, found["months"] - 1})
    by_role: dict[str, dict[int, Mapping[str, Any]]] = {}
    for one in found["roles"]:
        by_role.setdefault(one["role"], {})[one["month"]] = one
    rows = [
        [speech.role(lang, name), *(f"{of[at]['staff']:,.1f} / {of[at]['needed']:,.1f}" for at in shown)]
        for name, of in by_role.items()
    ]
    if rows:
        print()
        print(table([say(lang, "cli.column.role_staff"), *(year.month(found, at) for at in shown)], rows))


def assignment(lang: str, found: Mapping[str, Any]) -> None:
    """Print what an assignment comes to, and what each team has."""
    for line in export.said(lang, found):
        print("•", line)
    columns = ("team_name", "start", "end", "branches", "backups", "load", "people", "cost")
    at = [export.TEAMS.index(name) for name in columns]
    rows = [[str(row[place]) for place in at] for row in export.teams(lang, found)]
    if rows:
        print()
        print(table([say(lang, f"export.assignment.{name}") for name in columns], rows))


def replan(lang: str, found: Mapping[str, Any]) -> None:
    """Print what is done otherwise today."""
    for line in changes.said(lang, found):
        print("•", line)
    if not found["changes"]:
        return
    print()
    columns = ("number", "change", "person", "team", "was", "now", "breaks_now", "to")
    at = [changes.COLUMNS.index(name) for name in columns]
    rows = [[str(row[place]) for place in at] for row in changes.rows(lang, found)]
    print(table([say(lang, f"export.{name}") for name in columns], rows, left=len(columns)))
