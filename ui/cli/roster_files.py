"""The files of a plan: roster and coverage as XLSX, CSV, PNG, PDF and calendars, its scenario, and all of it as JSON.

Everything is made before anything is written, and each file is written whole or not at all.
"""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from ui import words
from ui.actions import dumps
from ui.exports import calendars, printed, roster, tabular
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FORMATS = ("xlsx", "csv", "png", "pdf", "ics")
CALENDARS = "calendars"
_NOT_IN_JSON = ("verification", "scenario_files")
_MOST_PANELS = 28
"""Days on one picture of coverage."""
_LONGEST_NAME = 60
_WINDOWS = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}

Document = Mapping[str, Any] if TYPE_CHECKING else Any


def formats(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the formats asked for, all of them when none is named.

    Raises
    ------
    InputError
        One that there is not, or PDF without what it needs.
    """
    asked = [name.strip().lower().lstrip(".") for text in texts for name in text.split(",") if name.strip()]
    for name in asked:
        if name not in FORMATS:
            raise sim.InputError.one("unknown_format", field="--format", value=name, known=list(FORMATS))
    if "pdf" in asked and not printed.ready():
        raise sim.InputError.one("pdf_extra", field="--format", value="pdf")
    return tuple(dict.fromkeys(asked)) or FORMATS


def write(
    lang: str,
    document: Document,
    folder: Path,
    wanted: Sequence[str] = FORMATS,
    *,
    summary: Sequence[str] = (),
    people: Sequence[str] | None = None,
    zone: str = calendars.ZONE,
    whole: bool = True,
) -> list[Path]:
    """Write the files of a plan into `folder` and return their paths.

    Parameters
    ----------
    wanted : sequence of str
        Of `FORMATS`. Calendars need the first date and PDF needs typst: where one is not there, they are left out.
    summary : sequence of str
        Sentences for the first page of the PDF.
    people : sequence of str, optional
        Whose calendars to write; everybody's and every team's where None.
    whole : bool
        Also the scenario, and ``plan.json``.
    """
    made: dict[Path, str | bytes] = {}
    if document["roster"]:
        made |= _tables(lang, document, wanted)
        if "png" in wanted:
            made |= _pictures(lang, document)
        if "pdf" in wanted and printed.ready():
            from ui.charts import paper

            made[Path("roster.pdf")] = printed.pdf(lang, document, summary, paper.FONT)
        if "ics" in wanted and document.get("first_date"):
            made |= _calendars(lang, document, folder, people, zone)
    scenario: list[Path] = []
    if whole:
        if document["roster"]:
            scenario = [Path("scenario")]
            _no_file(folder / "scenario")
            made |= {Path("scenario") / name: text for name, text in document["scenario_files"].items()}
        kept = {name: value for name, value in document.items() if name not in _NOT_IN_JSON}
        made[Path("plan.json")] = dumps(kept) + "\n"
    if any(path.parts[0] == CALENDARS for path in made):
        _no_file(folder / CALENDARS)
    for path, content in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        tabular.write(folder / path, content)
    # A folder stands for what is in it.
    shown = [Path(path.parts[0]) for path in made if path.parts[0] != "scenario"] + scenario
    return [folder / path for path in dict.fromkeys(shown)]


def _no_file(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise sim.InputError.one("out_is_a_file", field="--out", value=str(path))


def _tables(lang: str, document: Document, wanted: Sequence[str]) -> dict[Path, str | bytes]:
    out: dict[Path, str | bytes] = {}
    if "csv" in wanted:
        out[Path("roster.csv")] = roster.csv_text(lang, document)
        out[Path("coverage.csv")] = roster.coverage_csv(lang, document)
    if "xlsx" in wanted:
        out[Path("roster.xlsx")] = roster.workbook(lang, document)
    return out


def _pictures(lang: str, document: Document) -> dict[Path, str | bytes]:
    from ui.charts import coverage, gantt, paper

    origin = roster.origin(lang, document)
    out: dict[Path, str | bytes] = {}
    charts = []
    for team in document["teams"]:
        days = sorted({row["day"] for row in document["coverage"] if row["team"] == team})
        charts += [coverage(lang, document, team, day) for day in days]
    named = [words.title(lang, document["names"].get(team), team) for team in document["teams"]]
    title = say(lang, "demo.chart_coverage", team=say(lang, "unit.listed").join(named))
    parts = [charts[at : at + _MOST_PANELS] for at in range(0, len(charts), _MOST_PANELS)]
    for number, part in enumerate(parts, 1):
        picture = io.BytesIO()
        paper.png(picture, title, part, columns=2 if len(part) > 1 else 1, footer=origin)
        out[Path("coverage.png" if len(parts) == 1 else f"coverage-{number}.png")] = picture.getvalue()
    sheets = gantt.sheets(document)
    for sheet in sheets:
        name = "gantt.png" if len(sheets) == 1 else f"gantt-{file_name(sheet.suffix)}.png"
        out[Path(name)] = gantt.png(lang, document, sheet, origin)
    return out


def _calendars(
    lang: str, document: Document, folder: Path, people: Sequence[str] | None, zone: str
) -> dict[Path, str | bytes]:
    """Return the calendars, each continued from the file of its name where there is one.

    The calendar of somebody who has no shift any more is written too where there is a file to continue, so that what
    stood in it is cancelled.
    """
    who = sorted({one["person"] for one in document["roster"]}) if people is None else list(people)
    out: dict[Path, str | bytes] = {}
    taken: set[str] = set()

    def add(name: str, maker: Any, subject: str) -> None:
        stem = name
        while name.casefold() in taken:
            name = f"{stem}-{len(taken)}"
        taken.add(name.casefold())
        path = Path(CALENDARS) / f"{name}.ics"
        earlier = folder / path
        try:
            before = earlier.read_bytes() if earlier.is_file() else None
            out[path] = maker(lang, document, subject, before=before, zone=zone)
        except sim.InputError as error:
            if error.faults[0].code == "ics_unreadable":
                raise sim.InputError.one("ics_unreadable", file=str(earlier)) from None
            raise

    if people is None:
        for team in document["teams"]:
            add(f"team-{file_name(team)}", calendars.of_team, team)
        gone = {one["id"] for one in (document.get("staff") or {}).get("people", ())} - set(who)
        who += sorted(one for one in gone if (folder / CALENDARS / f"{file_name(one)}.ics").is_file())
    for one in who:
        add(file_name(one), calendars.of_person, one)
    return out


def of_frontier(lang: str, document: Document, folder: Path) -> list[Path]:
    """Write a frontier as XLSX, CSV, PNG and JSON, and return the paths."""
    from ui.charts import frontiers
    from ui.exports import frontier

    made: dict[str, str | bytes] = {
        "frontier.xlsx": frontier.workbook(lang, document),
        "frontier.csv": frontier.csv_text(lang, document),
        "frontier.png": frontiers.png(lang, document, frontier.origin(lang, document)),
        "frontier.json": dumps(document) + "\n",
    }
    return [tabular.write(folder / name, content) for name, content in made.items()]


def of_assignment(lang: str, document: Document, folder: Path) -> list[Path]:
    """Write an assignment as XLSX, CSV and JSON, and its scenario; return the paths."""
    from ui.exports import assignment

    _no_file(folder / "scenario")
    made: dict[str, str | bytes] = {
        "assignment.xlsx": assignment.workbook(lang, document, assignment.said(lang, document)),
        "assignment.csv": assignment.csv_text(lang, document),
        "assignment.json": dumps({name: one for name, one in document.items() if name not in _NOT_IN_JSON}) + "\n",
    }
    files = [tabular.write(folder / name, content) for name, content in made.items()]
    (folder / "scenario").mkdir(exist_ok=True)
    for name, text in document["scenario_files"].items():
        tabular.write(folder / "scenario" / name, text)
    return [*files, folder / "scenario"]


def of_branches(lang: str, document: Document, folder: Path) -> list[Path]:
    """Write shifts of branches and remote teams as XLSX, CSV and JSON, and their scenario; return the paths."""
    from ui.exports import branches

    _no_file(folder / "scenario")
    made: dict[str, str | bytes] = {
        "branches.xlsx": branches.workbook(lang, document),
        "branches.csv": branches.csv_text(lang, document),
        "branches.json": dumps({name: one for name, one in document.items() if name not in _NOT_IN_JSON}) + "\n",
    }
    files = [tabular.write(folder / name, content) for name, content in made.items()]
    if not document["shifts"]:
        return files
    (folder / "scenario").mkdir(exist_ok=True)
    for name, text in document["scenario_files"].items():
        tabular.write(folder / "scenario" / name, text)
    return [*files, folder / "scenario"]


def of_headcount(lang: str, document: Document, folder: Path) -> list[Path]:
    """Write a year's headcount as XLSX, CSV and JSON, and return the paths."""
    from ui.exports import headcount

    made: dict[str, str | bytes] = {
        "headcount.xlsx": headcount.workbook(lang, document),
        "headcount.csv": headcount.csv_text(lang, document, "roles"),
        "ledger.csv": headcount.csv_text(lang, document, "ledger"),
        "headcount.json": dumps(document) + "\n",
    }
    return [tabular.write(folder / name, content) for name, content in made.items()]


def of_replan(lang: str, document: Document, folder: Path, plan: str) -> list[Path]:
    """Write today's changes, and the plan after them with its calendars; return the paths.

    The plan after the changes stands in the folder with its scenario, so that it can be replanned again later in the
    day. Calendars continue those of the folder; without any there, those beside the plan.
    """
    from ui.actions import planned
    from ui.exports import changes

    said = changes.said(lang, document)
    made: dict[str, str | bytes] = {
        "changes.xlsx": changes.workbook(lang, document, said),
        "changes.csv": changes.csv_text(lang, document),
        "replan.json": dumps({name: one for name, one in document.items() if name != "plan"}) + "\n",
    }
    source = planned.scenario_folder(plan)
    scenario = {path.name: path.read_text("utf-8") for path in sorted(source.iterdir()) if path.is_file()}
    after = {**document["plan"], "scenario_files": scenario}
    beside = source.parent / CALENDARS
    if beside.is_dir() and not (folder / CALENDARS).exists():
        (folder / CALENDARS).mkdir(parents=True)
        for path in beside.glob("*.ics"):
            tabular.write(folder / CALENDARS / path.name, path.read_bytes())
    files = [tabular.write(folder / name, content) for name, content in made.items()]
    return [*files, *write(lang, after, folder, ("xlsx", "csv", "ics"))]


def file_name(text: str) -> str:
    """Return a text as the name of a file on any system: letters, digits, ``-`` and ``_``, not too long."""
    plain = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", text)).strip("_")[:_LONGEST_NAME]
    return f"_{plain}" if plain.casefold() in _WINDOWS or not plain else plain


def summary(lines: Iterable[str]) -> list[str]:
    """Return lines of a report without their bullets."""
    return [line.strip().removeprefix("•").strip() for line in lines]
