"""What `demo` and others write into files, and the report that `demo` prints."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui import words
from ui.charts import differences, equal_service, waits, waits_compared
from ui.charts.comparing import role_name
from ui.cli import planned, roster_files
from ui.exports import measures
from ui.exports.tabular import write
from ui.words import say, speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.charts import Chart


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
    plan, comparison = document["plan"], document["comparison"]
    files = roster_files.write(lang, plan, folder, summary=roster_files.summary(planned_lines(lang, plan)))
    first, second = (one["id"] for one in comparison["scenarios"])
    panels = [*equal_service(lang, document["equal_service"]), differences(lang, comparison)]
    panels.append(waits_compared(lang, comparison))
    title = say(lang, "demo.chart_comparison", first=first, second=second)
    footer = _footer(lang, comparison, f"{first}, {second}", plan["version"])
    files.append(_picture(folder / "comparison.png", title, panels, columns=2, footer=footer))
    verified = plan.get("verification")
    if verified is not None:
        title = say(lang, "demo.chart_waits", scenario=plan["scenario"])
        footer = _footer(lang, verified, plan["scenario"], plan["version"])
        chart = waits(lang, verified)
        width = 12.0 if verified["days"] > 1 else 8.0
        files.append(_picture(folder / "waits.png", title, [chart], width=width, footer=footer))
        files.append(write(folder / "measures.csv", measures.study_csv(lang, verified, brief=True)))
    return files


def _picture(path: Path, title: str, charts: Sequence[Chart], **how: Any) -> Path:
    from ui.charts import paper

    out = io.BytesIO()
    paper.png(out, title, charts, **how)
    return write(path, out.getvalue())


def _footer(lang: str, document: Mapping[str, Any], scenario: str, version: str) -> str:
    seed, reps = document["seed"], document["replications"]
    return say(lang, "demo.footer", scenario=scenario, seed=seed, reps=reps, version=version)


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


def planned_lines(lang: str, document: Mapping[str, Any]) -> list[str]:
    """Return what a plan is as lines of a report."""
    return ["   • " + line for line in planned.lines(lang, document)]
