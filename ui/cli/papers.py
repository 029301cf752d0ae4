"""What `plan` and `demo` write into their folder, and the report that `demo` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from ui import words
from ui.actions import dumps
from ui.charts import coverage, differences, equal_service, waits, waits_compared
from ui.charts.comparing import role_name
from ui.exports import measures, roster
from ui.exports.tabular import write
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_FINDINGS = 5
_NOT_IN_JSON = ("verification", "scenario_files")


def of_plan(lang: str, document: Mapping[str, Any], folder: Path) -> list[str]:
    """Write a plan's roster, coverage chart, data and scenario into `folder`; return their paths."""
    files = []
    if document["roster"]:
        files += [
            write(folder / "roster.csv", roster.csv_text(lang, document)),
            write(folder / "roster.xlsx", roster.workbook(lang, document)),
            _coverage(lang, document, folder / "coverage.png"),
            _scenario(document, folder / "scenario"),
        ]
    kept = {name: value for name, value in document.items() if name not in _NOT_IN_JSON}
    files.append(write(folder / "plan.json", dumps(kept) + "\n"))
    return [str(path) for path in files]


def of_calibration(lang: str, document: Mapping[str, Any], file: str) -> None:
    """Write the report of a calibration as one HTML page."""
    from ui.charts import fitting, paper
    from ui.exports import report

    evidence = {name: value for name, value in document.items() if name != "curves"}
    pictures = fitting.pictures(evidence, document["curves"])
    write(Path(file), report.page(lang, evidence, document["curves"], pictures, paper.FONT))


def of_forecast(document: Mapping[str, Any], file: str) -> None:
    """Write the half-hours of a forecast as CSV."""
    names = ("place", "service", "start", "mean", "q10", "q50", "q90")
    write(Path(file), measures.table_csv(names, [[row[name] for name in names] for row in document["rows"]]))


def of_demo(lang: str, document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write everything that the main job found into `folder`; return the paths."""
    from ui.charts import paper

    planned, comparison = document["plan"], document["comparison"]
    files = [Path(name) for name in of_plan(lang, planned, folder)]
    first, second = (one["id"] for one in comparison["scenarios"])
    panels = [*equal_service(lang, document["equal_service"]), differences(lang, comparison)]
    panels.append(waits_compared(lang, comparison))
    title = say(lang, "demo.chart_comparison", first=first, second=second)
    footer = _footer(lang, comparison, f"{first}, {second}", planned["version"])
    files.append(paper.png(folder / "comparison.png", title, panels, columns=2, footer=footer))
    verified = planned.get("verification")
    if verified is not None:
        title = say(lang, "demo.chart_waits", scenario=planned["scenario"])
        footer = _footer(lang, verified, planned["scenario"], planned["version"])
        chart = waits(lang, verified)
        width = 12.0 if verified["days"] > 1 else 8.0
        files.append(paper.png(folder / "waits.png", title, [chart], width=width, footer=footer))
        files.append(write(folder / "measures.csv", measures.study_csv(lang, verified, brief=True)))
    return files


def _footer(lang: str, document: Mapping[str, Any], scenario: str, version: str) -> str:
    seed, reps = document["seed"], document["replications"]
    return say(lang, "demo.footer", scenario=scenario, seed=seed, reps=reps, version=version)


def _coverage(lang: str, document: Mapping[str, Any], path: Path) -> Path:
    from ui.charts import paper

    charts = []
    for team in document["teams"]:
        days = sorted({row["day"] for row in document["coverage"] if row["team"] == team})
        charts += [coverage(lang, document, team, day) for day in days]
    named = [words.title(lang, document["names"].get(team), team) for team in document["teams"]]
    team = say(lang, "unit.listed").join(named)
    title = say(lang, "demo.chart_coverage", team=team)
    return paper.png(path, title, charts, columns=2 if len(charts) > 1 else 1)


def _scenario(document: Mapping[str, Any], folder: Path) -> Path:
    """Write the planned scenario, which `counterflow simulate` runs as it is."""
    if folder.exists() and not folder.is_dir():
        raise sim.InputError.one("out_is_a_file", field="--out", value=str(folder))
    folder.mkdir(exist_ok=True)
    for name, text in document["scenario_files"].items():
        write(folder / name, text)
    return folder


def report(lang: str, document: Mapping[str, Any], files: Sequence[Path], out: Path) -> str:
    """Return what the main job found, in plain words."""
    lines = [*_compared(lang, document["comparison"]), "", *_equal(lang, document["equal_service"]), ""]
    lines += [
        say(lang, "demo.plan_title"),
        *planned_lines(lang, document["plan"]),
        "",
        say(lang, "demo.files_title", out=str(out)),
    ]
    for path in files:
        key = f"demo.file.{path.name}"
        lines.append(f"   {path.name:<16}  {say(lang, key) if words.known(key) else ''}".rstrip())
    people = max(1, document["equal_service"]["pooled"]["staff"].get("remote-a", 2) - 1)
    lines += ["", say(lang, "demo.next_title")]
    if any(path.name == "roster.xlsx" for path in files):
        lines.append("   • " + say(lang, "demo.next_open", file=str(out / "roster.xlsx")))
    command = "counterflow serve"
    lines.append("   • " + say(lang, "demo.next_serve", command=command))
    command = f"counterflow simulate S03 --set remote-a={people}"
    lines.append("   • " + say(lang, "demo.next_what_if", command=command))
    command = "counterflow calibrate LOG --preset anonymous-bank --out my-scenario"
    lines.append("   • " + say(lang, "demo.next_calibrate", command=command))
    return "\n".join(lines)


def _compared(lang: str, comparison: Mapping[str, Any]) -> list[str]:
    first, second = comparison["scenarios"]
    lines = [say(lang, "demo.compare_title")]
    sides = say(
        lang, "demo.sides", first=first["id"], second=second["id"], reps=comparison["replications"],
        first_title=words.title(lang, first["title"]), second_title=words.title(lang, second["title"]),
    )  # fmt: skip
    lines.append("   " + sides)
    currency = comparison["studies"][0]["currency"]
    wanted = ("wait_all_p90_s", "paid_hours", "abandoned_share")
    for name in wanted:
        for one in comparison["findings"]:
            if one["values"].get("measure") == name:
                lines.append("   • " + speech.sentence(lang, one, currency))
    verdicts = {row["measure"]: row["verdict"] for row in comparison["comparisons"]}
    said = {"no_difference_shown": "demo.equal_already", "lower": "demo.not_worse"}
    key = said.get(verdicts.get("wait_all_p90_s", ""), "demo.not_equal")
    lines.append("   " + say(lang, key, first=first["id"], second=second["id"]))
    return lines


def _equal(lang: str, equal: Mapping[str, Any]) -> list[str]:
    from ui.cli.output import table

    today, pooled = equal["today"], equal["pooled"]
    rule = say(lang, "demo.equal_rule", first=today["id"], reps=equal["reps"])
    lines = [say(lang, "demo.equal_title"), "   " + rule]
    roles = dict.fromkeys([*today["hours"], *pooled["hours"]])
    rows = [
        [role_name(lang, role), *(f"{side['hours'].get(role, 0):,.1f}" for side in (today, pooled))] for role in roles
    ]
    rows.append([say(lang, "demo.total"), *(f"{side['paid_hours']:,.1f}" for side in (today, pooled))])
    rows.append([say(lang, "demo.overtime"), *(f"{side['overtime_hours']:,.1f}" for side in (today, pooled))])
    rows.append([say(lang, "demo.booths"), *(f"{side['booths']:,.0f}" for side in (today, pooled))])
    rows.append([say(lang, "demo.wait"), *(_with_margin(lang, side) for side in (today, pooled))])
    currency = today["currency"]
    costs = (speech.quantity(lang, "cost", side["cost"], currency) for side in (today, pooled))
    rows.append([say(lang, "demo.cost"), *costs])
    header = [say(lang, "demo.column.role"), today["id"], pooled["id"]]
    lines += ["   " + line for line in table(header, rows).splitlines()]
    wait, width = equal["wait_p90_difference_s"], equal["wait_p90_difference_half_width"]
    margin = speech.margin(lang, "wait_p90_s", width)
    lower = wait < -width
    key = "demo.equal_waits" if abs(wait) <= width else "demo.lower_wait" if lower else "demo.unequal_waits"
    signed = ("+" if wait > 0 else "") + words.duration(lang, wait)
    shown = words.duration(lang, -wait) if lower else signed
    lines.append("   • " + say(lang, key, first=today["id"], second=pooled["id"], difference=shown, margin=margin))
    difference, width = equal["paid_hours_difference"], equal["paid_hours_difference_half_width"]
    share = speech.percent(lang, abs(difference) / today["paid_hours"] if today["paid_hours"] else None)
    alike = abs(difference) <= max(width, 0.05)
    key = "demo.as_many" if alike else "demo.fewer" if difference < 0 else "demo.more"
    margin = speech.margin(lang, "paid_hours", width)
    text = say(lang, key, second=pooled["id"], hours=f"{abs(difference):,.1f}", share=share, margin=margin)
    cost, width = equal["cost_difference"], equal["cost_difference_half_width"]
    if cost is not None:
        shown = width is not None and abs(cost) > width
        key = "demo.cost_open" if not shown else "demo.cheaper" if cost < 0 else "demo.dearer"
        amount = speech.quantity(lang, "cost", abs(cost) if shown else cost, currency)
        margin = speech.margin(lang, "cost", width, currency)
        text += say(lang, "fault.and") + say(lang, key, cost=amount, margin=margin)
    lines += ["   • " + text, "   " + say(lang, "demo.directional")]
    return lines


def _with_margin(lang: str, side: Mapping[str, Any]) -> str:
    value = words.duration(lang, side["wait_p90_s"])
    return value + speech.margin(lang, "wait_p90_s", side["wait_p90_half_width"])


def planned_lines(lang: str, planned: Mapping[str, Any]) -> list[str]:
    """Return what a plan is: its people, whether the promise holds, its cost and bound, findings."""
    lines = []
    if planned["status"] == "infeasible":
        lines.append("   " + say(lang, "demo.plan_infeasible"))
    for team, people in planned["people"].items():
        mine = [row for row in planned["roster"] if row["team"] == team]
        lines.append(
            "   • " + say(
                lang, "demo.plan_people", team=words.title(lang, planned["names"].get(team), team),
                people=people, shifts=len(mine), hours=f"{sum(row['paid_h'] for row in mine):,.1f}",
            )
        )  # fmt: skip
    out = planned["achieved"]["out_of_sample"]
    if out is not None:
        values = {
            "promise": speech.promise(lang, planned["promise"]),
            "share": speech.percent(lang, out["share"]),
            "margin": speech.margin(lang, "service_level", out["half_width"]),
        }
        if planned["kept"]:
            within = words.duration(lang, planned["promise"]["within_s"])
            text = say(lang, "demo.plan_kept", within_s=within, reps=out["replications"], **values)
        else:
            short = sum(not cell["kept"] for cell in out["cells"])
            text = say(lang, "demo.plan_broken", cells=short, **values)
        lines.append("   • " + text)
    if planned["gap"] is not None:
        currency = planned["currency"]
        cost, bound = (speech.quantity(lang, "cost", planned[name], currency) for name in ("cost", "lower_bound"))
        gap = speech.percent(lang, planned["gap"])
        lines.append("   • " + say(lang, "demo.plan_bound", cost=cost, bound=bound, gap=gap))
    said = list(dict.fromkeys(speech.sentence(lang, one, planned["currency"]) for one in planned["findings"]))
    lines += ["   • " + one for one in said[:_MOST_FINDINGS]]
    if len(said) > _MOST_FINDINGS:
        lines.append("   • " + say(lang, "demo.more_findings", n=len(said) - _MOST_FINDINGS))
    return lines
