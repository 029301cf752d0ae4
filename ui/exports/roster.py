"""A roster as CSV and as a workbook: weeks at a glance, a Gantt chart by quarter-hour, shifts to edit, coverage, notes.

All of it reads a plan's document (``counterflow/plan/1``) and nothing else. The sheet of shifts is the one that is
read again (`ui.imports.rosters`): its rows may be edited, and locked for the next plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ui import words
from ui.exports import sheets, tabular
from ui.words import say, speech, telling

if TYPE_CHECKING:
    from ui.exports.sheets import Book

_STEP_S = 900
_DAYS_OF_WEEK = 7
_MOST_IN_GANTT = 1_500
"""More shifts than this make a sheet that Excel opens slowly; the PNG chart shows them all the same."""
SHIFT_COLUMNS = (
    "person", "name", "team", "day_number", "day", "start", "end", "meal", "breaks", "paid_hours", "shape", "locked",
)  # fmt: skip

Document = Mapping[str, Any]
Shift = Mapping[str, Any]


def csv_text(lang: str, document: Document) -> str:
    """Return one row a shift: person, name, team, day, times, meal, breaks, paid hours, shape, locked."""
    rows = [shift_row(lang, document, one) for one in by_day(document)]
    return tabular.text([say(lang, f"export.{name}") for name in SHIFT_COLUMNS], rows)


def shift_row(lang: str, document: Document, one: Shift) -> list[Any]:
    """Return a shift as the values of `SHIFT_COLUMNS`; a night shift ends at more than 24:00."""
    return [
        one["person"], person(document, one["person"]), team(lang, document, one["team"]), one["day"] + 1,
        day(lang, document, one["day"]), words.clock(one["start_s"]), clock_past(one["end_s"]), spans(one["meal"]),
        spans(one["breaks"]), round(one["paid_h"], 4), shape(lang, document, one), say(lang, _locked(document, one)),
    ]  # fmt: skip


def coverage_csv(lang: str, document: Document) -> str:
    """Return one row a team, day and quarter-hour: people required, rostered, busy when simulated, and the gap."""
    header = [say(lang, f"export.{name}") for name in _COVERAGE]
    return tabular.text(header, [_covered(lang, document, one) for one in document["coverage"]])


def workbook(lang: str, document: Document) -> bytes:
    """Return the roster as XLSX. No cell is a formula or a link, whatever people's names are."""
    with sheets.book(say(lang, "export.roster_title"), origin(lang, document)) as (book, out):
        for week in range(document["weeks"]):
            _week_sheet(lang, document, book, week)
        if 0 < len(document["roster"]) <= _MOST_IN_GANTT:
            _gantt_sheet(lang, document, book)
        _shift_sheet(lang, document, book)
        _coverage_sheet(lang, document, book)
        book.notes(say(lang, "export.sheet_notes"), notes(lang, document))
    return out.getvalue()


def _week_sheet(lang: str, document: Document, book: Book, week: int) -> None:
    """Write persons down, the days of one week across, what each works in words, paid hours in total."""
    days = range(week * _DAYS_OF_WEEK, (week + 1) * _DAYS_OF_WEEK)
    several = document["weeks"] > 1
    name = say(lang, "export.sheet_week_n", week=week + 1) if several else say(lang, "export.sheet_week")
    sheet, forms = book.sheet(name), book.forms
    book.heading(sheet, f"{say(lang, 'export.roster_title')} · {name}" if several else say(lang, "export.roster_title"))
    sheet.write_string(2, 0, say(lang, "export.shown_only", sheet=say(lang, "export.sheet_shifts")), forms["quiet"])
    head = [say(lang, "export.person"), say(lang, "export.team"), *(day(lang, document, one) for one in days)]
    for column, text in enumerate([*head, say(lang, "export.paid_hours")]):
        sheet.write_string(3, column, text, forms["head"])
    leaves = away(lang, document)
    row = 4
    for (who, of_team), shifts in by_person(document).items():
        mine = [one for one in shifts if one["day"] in days]
        sheet.write_string(row, 0, labelled(document, who), forms["cell"])
        sheet.write_string(row, 1, team(lang, document, of_team), forms["cell"])
        for column, today in enumerate(days, start=2):
            worked = [one for one in mine if one["day"] == today]
            text = "\n".join(cell_text(lang, one) for one in worked)
            form = "shift" if worked else "leave" if (who, today) in leaves else "off"
            if any(is_locked(document, one) for one in worked):
                form = "locked"
            sheet.write_string(row, column, text or leaves.get((who, today)) or say(lang, "export.off"), forms[form])
        sheet.write_number(row, _DAYS_OF_WEEK + 2, sum(one["paid_h"] for one in mine), forms["hours"])
        sheet.set_row(row, 30)
        row += 1
    here = [one for one in document["roster"] if one["day"] in days]
    for key, form, of_day in (
        ("export.people_a_day", "whole", lambda found: len({one["person"] for one in found})),
        ("export.paid_hours", "total", lambda found: sum(one["paid_h"] for one in found)),
    ):
        sheet.write_string(row, 0, say(lang, key), forms["total"])
        sheet.write_blank(row, 1, None, forms["total"])
        for column, today in enumerate(days, start=2):
            sheet.write_number(row, column, of_day([one for one in here if one["day"] == today]), forms[form])
        sheet.write_number(row, _DAYS_OF_WEEK + 2, of_day(here), forms[form])
        row += 1
    names = [labelled(document, who) for who, _ in by_person(document)]
    titles = [team(lang, document, one) for one in document["teams"]]
    sheet.set_column(0, 0, min(28, max([12, *map(sheets.width, names)]) + 2))
    sheet.set_column(1, 1, min(40, max([12, *map(sheets.width, titles)]) + 2))
    sheet.set_column(2, _DAYS_OF_WEEK + 1, 15)
    sheet.set_column(_DAYS_OF_WEEK + 2, _DAYS_OF_WEEK + 2, 10)
    sheet.freeze_panes(4, 2)
    book.shown_only(sheet)
    book.printed(sheet, 3)


def _gantt_sheet(lang: str, document: Document, book: Book) -> None:
    """Write a block a day: persons down, quarter-hours across, with rostered and required beneath."""
    sheet, forms = book.sheet(say(lang, "export.sheet_gantt")), book.forms
    shifts = by_day(document)
    first = min((one["start_s"] for one in shifts), default=0) // 3600 * 3600
    last = max((one["end_s"] for one in shifts), default=3600)
    slots = list(range(first, last, _STEP_S))
    sheet.write_string(0, 0, say(lang, "export.sheet_gantt"), forms["title"])
    for number, (form, key) in enumerate((("work", "work"), ("meal", "meal"), ("break", "breaks"))):
        sheet.write_blank(1, 2 + 8 * number, None, forms[form])
        sheet.write_string(1, 3 + 8 * number, say(lang, f"export.{key}"), forms["quiet"])
    sheet.write_string(2, 0, say(lang, "export.person"), forms["head"])
    sheet.write_string(2, 1, say(lang, "export.paid_hours"), forms["head"])
    for column, start in enumerate(slots, start=2):
        last_column = min(column + 3, len(slots) + 1)
        if start % 3600 == 0 and last_column > column:
            sheet.merge_range(2, column, 2, last_column, words.clock(start), forms["hour"])
        elif start % 3600 == 0:
            sheet.write_string(2, column, words.clock(start), forms["hour"])
    covered = {(one["team"], one["day"], one["start_s"]): one for one in document["coverage"]}
    row = 3
    for of_team in document["teams"]:
        for today in days_of(document):
            mine = [one for one in shifts if one["day"] == today and one["team"] == of_team]
            title = f"{day(lang, document, today)}  {team(lang, document, of_team)}"
            sheet.merge_range(row, 0, row, len(slots) + 1, title, forms["day"])
            row += 1
            for one in mine:
                sheet.write_string(row, 0, labelled(document, one["person"]), forms["cell"])
                sheet.write_number(row, 1, one["paid_h"], forms["hours"])
                for column, start in enumerate(slots, start=2):
                    sheet.write_blank(row, column, None, forms[state(one, start)])
                row += 1
            rows = [covered.get((of_team, today, start)) for start in slots]
            for key in ("rostered", "required"):
                sheet.write_string(row, 0, say(lang, f"chart.{key}"), forms["cell"])
                sheet.write_blank(row, 1, None, forms["cell"])
                for column, cell in enumerate(rows, start=2):
                    if cell is None:
                        sheet.write_blank(row, column, None, forms["free"])
                        continue
                    short = cell["rostered"] < cell["required"]
                    form = "count" if key == "rostered" else "short" if short else "need"
                    sheet.write_number(row, column, cell[key], forms[form])
                row += 1
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 9)
    sheet.set_column(2, len(slots) + 1, 2.6)
    sheet.freeze_panes(3, 2)
    book.shown_only(sheet)
    book.printed(sheet, 2)


def _shift_sheet(lang: str, document: Document, book: Book) -> None:
    """Write one row a shift, to be edited, locked and read again, with drop-downs where the choice is closed."""
    sheet = book.sheet(say(lang, "export.sheet_shifts"))
    rows = [shift_row(lang, document, one) for one in by_day(document)]
    book.table(sheet, 0, [say(lang, f"export.{name}") for name in SHIFT_COLUMNS], rows)
    last = max(1, len(rows)) + 200
    choices = [say(lang, "export.lock_yes"), say(lang, "export.lock_no")]
    lock = SHIFT_COLUMNS.index("locked")
    sheet.data_validation(1, lock, last, lock, {"validate": "list", "source": choices})
    sheet.write_comment(0, lock, say(lang, "export.lock_help"), {"x_scale": 2.2, "y_scale": 1.2})
    book.printed(sheet, 0)


_COVERAGE = ("team", "day", "start", "required", "rostered", "busy", "gap")


def _covered(lang: str, document: Document, one: Mapping[str, Any]) -> list[Any]:
    gap = one["rostered"] - one["required"]
    return [
        team(lang, document, one["team"]), day(lang, document, one["day"]), words.clock(one["start_s"]),
        one["required"], one["rostered"], None if one["busy"] is None else round(one["busy"], 3), gap,
    ]  # fmt: skip


def _coverage_sheet(lang: str, document: Document, book: Book) -> None:
    sheet = book.sheet(say(lang, "export.sheet_coverage"))
    rows = [_covered(lang, document, one) for one in document["coverage"]]
    book.table(sheet, 0, [say(lang, f"export.{name}") for name in _COVERAGE], rows)
    for line, row in enumerate(rows, start=1):
        if row[-1] < 0:
            sheet.write_number(line, len(_COVERAGE) - 1, row[-1], book.forms["under"])
    book.printed(sheet, 0, landscape=False)


def notes(lang: str, document: Document) -> list[str]:
    """Return what to know of a roster, a sentence each: origin, findings, that a person confirms it."""
    said = telling.told(lang, document["findings"], document.get("currency", ""), titles(document))
    last = "export.confirm_named" if document.get("persons") else "export.confirm"
    return [origin(lang, document), *said, say(lang, last)]


def origin(lang: str, document: Document) -> str:
    """Return where the figures come from: scenario, promise, seed, version."""
    return say(
        lang, "export.origin", scenario=document["scenario"], promise=speech.promise(lang, document["promise"]),
        seed=document["seed"], version=document["version"],
    )  # fmt: skip


def by_day(document: Document) -> list[Shift]:
    """Return the shifts by team, day, start and person."""
    return sorted(document["roster"], key=lambda one: (one["team"], one["day"], one["start_s"], one["person"]))


def by_person(document: Document) -> dict[tuple[str, str], list[Shift]]:
    """Return the shifts of each person and team; people of the plan who have none stand there too."""
    out: dict[tuple[str, str], list[Shift]] = {}
    for one in sorted(document["roster"], key=lambda one: (one["team"], one["person"], one["day"], one["start_s"])):
        out.setdefault((one["person"], one["team"]), []).append(one)
    worked = {who for who, _ in out}
    for one in (document.get("staff") or {}).get("people", ()):
        if one["id"] not in worked and one["team"] in document["teams"]:
            out[one["id"], one["team"]] = []
    return dict(sorted(out.items(), key=lambda item: (document["teams"].index(item[0][1]), item[0][0])))


def away(lang: str, document: Document) -> dict[tuple[str, int], str]:
    """Return (person, day) → kind of leave, in words, of whole days of leave."""
    out = {}
    for one in (document.get("staff") or {}).get("leaves", ()):
        if one.get("from_s") is None:
            out[one["person"], one["day"]] = speech.leave(lang, one["kind"])
    return out


def days_of(document: Document) -> list[int]:
    """Return the days of the plan, whole weeks, so that days off are seen."""
    return list(range(document["weeks"] * _DAYS_OF_WEEK))


def day(lang: str, document: Document, number: int) -> str:
    """Return a day of the plan in words: weekday and date where the first date is known."""
    return speech.day_name(lang, document["day_classes"], number, document.get("first_date"))


def team(lang: str, document: Document, name: str) -> str:
    """Return the title of a team, its name where it has none."""
    return words.title(lang, document["names"].get(name), name)


def titles(document: Document) -> dict[str, Any]:
    """Return name → title of teams, places and people, as sentences take them."""
    return {**document["names"], **(document.get("persons") or {})}


def person(document: Document, who: str) -> str:
    """Return the name of a person, nothing when only the id is known."""
    return str((document.get("persons") or {}).get(who) or "")


def labelled(document: Document, who: str) -> str:
    """Return a person as shown to people: the name, with the id behind it where both are known."""
    name = person(document, who)
    return f"{name} ({who})" if name and name != who else who


def shape(lang: str, document: Document, one: Shift) -> str:
    """Return the name of the shape of a shift in words."""
    name = one.get("shape") or ""
    return speech.shape(lang, name, (document.get("shapes") or {}).get(name))


def is_locked(document: Document, one: Shift) -> bool:
    """Tell whether a shift is fixed by hand."""
    locks = [*(document.get("staff") or {}).get("locks", ()), *(document.get("locks") or ())]
    return any((lock["person"], lock["day"], lock.get("off")) == (one["person"], one["day"], False) for lock in locks)


def _locked(document: Document, one: Shift) -> str:
    return "export.lock_yes" if is_locked(document, one) else "export.lock_no"


def spans(pairs: Iterable[Sequence[int]]) -> str:
    """Return pairs of times as ``12:00-12:45``, with blanks between."""
    return " ".join(f"{words.clock(start)}-{words.clock(end)}" for start, end in pairs)


def clock_past(seconds: int) -> str:
    """Return a time of the day, or of the next day as 24:00 and more, so that an end is after its start."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def times(one: Shift) -> str:
    """Return begin and end of a shift as ``09:00–17:45``."""
    return f"{words.clock(one['start_s'])}–{words.clock(one['end_s'])}"


def cell_text(lang: str, one: Shift) -> str:
    """Return a shift as it stands in a week's cell: its times, and the meal below."""
    text = times(one)
    if one["meal"]:
        text += "\n" + say(lang, "export.meal_at", times=spans(one["meal"]))
    return text


def state(one: Shift, start: int) -> str:
    """Tell what a person does in the quarter-hour from `start`, ``work``, ``meal``, ``break`` or ``free``."""
    middle = start + _STEP_S // 2
    if not one["start_s"] <= middle < one["end_s"]:
        return "free"
    if any(a <= middle < b for a, b in one["meal"]):
        return "meal"
    if any(a <= middle < b for a, b in one["breaks"]):
        return "break"
    return "work"
