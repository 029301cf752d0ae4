"""What ``roster import`` takes in: a form of people, or a roster that was edited; and what it says of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from ui import words
from ui.actions import dumps, forms, make, planned, usable
from ui.actions.plans import CONTRACT
from ui.actions.rosters import CheckRequest, EditRequest, dated, edited
from ui.cli import output, papers, roster_files
from ui.cli.starting import desk, warm
from ui.exports import tabular
from ui.imports import people, rosters
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

PEOPLE = "counterflow/roster-import/1"


def take_in(lang: str, file: str, plan: str, out: str, start: str, *, quiet: bool = False) -> dict[str, Any]:
    """Return the document of what a file holds; with `out`, what it becomes is written there.

    A form of people becomes ``staff.json``. An edited roster needs the plan that it came from, and becomes a plan
    of its own, simulated again.
    """
    folder = usable(out) if out else None
    if not plan:
        return _people(file, start, folder, out)
    return _roster(lang, file, plan, start, folder, out, quiet)


def _people(file: str, start: str, folder: Path | None, out: str) -> dict[str, Any]:
    from datetime import date

    try:
        first = date.fromisoformat(start) if start else None
    except ValueError:
        raise sim.InputError.one("start_form", field="--start", value=start) from None
    found = people.read(file, first).document
    files = []
    if folder is not None:
        files = [str(tabular.write(make(out) / "staff.json", dumps(found) + "\n"))]
    return {**found, "schema": PEOPLE, "files": files}


def _roster(lang: str, file: str, plan: str, start: str, folder: Path | None, out: str, quiet: bool) -> dict[str, Any]:
    document = planned.load(plan)
    first = dated(document, start)
    from datetime import date

    shifts = rosters.read(file, document["names"], 7 * document["weeks"], date.fromisoformat(first) if first else None)
    _known_teams(shifts, document)
    warm(lang, quiet=quiet)
    with output.progress(lang, "verifying", quiet=quiet) as tick:
        found = edited(EditRequest(plan, tuple(shifts.rows), start), desk(lang, tick))
    files: list[str] = []
    if folder is not None:
        lines = roster_files.summary(papers.planned_lines(lang, found))
        files = [str(path) for path in roster_files.write(lang, found, make(out), summary=lines)]
    return {
        **{name: one for name, one in found.items() if name not in ("verification", "scenario_files")},
        "files": files,
    }


def _known_teams(shifts: rosters.Shifts, document: Mapping[str, Any]) -> None:
    """Refuse teams that the plan has not, each by its cell."""
    known = ", ".join(document["teams"])
    faults = [
        sim.Fault("unknown_team", shifts.file, shifts.cells[f"roster.{number}.team"], one["team"], {"known": known})
        for number, one in enumerate(shifts.rows)
        if one["team"] not in document["teams"]
    ]
    if faults:
        raise sim.InputError(faults)


def told(lang: str, document: Mapping[str, Any]) -> None:
    """Print what was taken in."""
    if document["schema"] != PEOPLE:
        print("\n".join(line.strip() for line in papers.planned_lines(lang, document)))
        return
    teams: dict[str, int] = {}
    for one in document["people"]:
        teams[one["team"]] = teams.get(one["team"], 0) + 1
    header = [say(lang, "form.column.team"), say(lang, "export.people")]
    print(output.table(header, [[team, str(number)] for team, number in teams.items()]))
    print()
    counts = {name: len(document[name]) for name in ("leaves", "wishes", "locks", "histories")}
    print(words.say(lang, "cli.people_read", people=len(document["people"]), **counts))


def to_check(
    file: str, plan: str, form: str, contracts: str, start: str
) -> tuple[CheckRequest, dict[tuple[str, int], str]]:
    """Return what to check of a roster, and (person, day) → its cell when it came from a workbook or CSV."""
    from datetime import date

    path = Path(file)
    table = path.suffix.lower() in (".xlsx", ".csv")
    source = plan or ("" if table else file)
    document = planned.load(source) if source else None
    first = dated(document, start) if document else start or None
    try:
        begins = date.fromisoformat(first) if first else None
    except ValueError:
        raise sim.InputError.one("start_form", field="--start", value=start) from None
    cells: dict[tuple[str, int], str] = {}
    classes = tuple(document["day_classes"]) if document else ()
    if table:
        days = 7 * document["weeks"] if document else None
        shifts = rosters.read(file, document["names"] if document else {}, days, begins)
        rows = planned.rows({"roster": shifts.rows, "day_classes": classes})
        for number, one in enumerate(shifts.rows):
            cells.setdefault((one["person"], one["day"]), shifts.cells[f"roster.{number}"])
    else:
        rows = planned.rows(document or {})
    staff = None
    if form:
        staff = forms.staff(people.read(form, begins).document)
    elif document:
        staff = planned.staff(document)
    contract = contracts or (document["contract"] if document else CONTRACT)
    return CheckRequest(rows, staff, contract, classes), cells
