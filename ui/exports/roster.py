"""A roster as CSV and as a workbook: the week at a glance, quarter-hours as a Gantt chart, coverage, notes.

Both read a plan's document (``counterflow/plan/1``) and nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from ui import words
from ui.exports import tabular
from ui.words import say, speech

_STEP_S = 900
_DAYS_OF_WEEK = 7

Document = Mapping[str, Any]
Shift = Mapping[str, Any]


def csv_text(lang: str, document: Document) -> str:
    """Return one row a shift: person, team, day, times, meal, breaks, paid hours."""
    names = ("person", "team", "day_number", "day", "start", "end", "meal", "breaks", "paid_hours")
    rows = [
        [
            shift["person"], _team(lang, document, shift["team"]), shift["day"] + 1, _day(lang, document, shift["day"]),
            words.clock(shift["start_s"]), words.clock(shift["end_s"]), _spans(shift["meal"]),
            _spans(shift["breaks"]), round(shift["paid_h"], 4),
        ]
        for shift in _sorted(document)
    ]  # fmt: skip
    return tabular.text([say(lang, f"export.{name}") for name in names], rows)


def workbook(lang: str, document: Document) -> bytes:
    """Return the roster as XLSX. No cell is a formula or a link, whatever people's names are."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": say(lang, "export.roster_title"), "comments": _origin(lang, document)})
        forms = _forms(book)
        _week_sheet(lang, document, book.add_worksheet(say(lang, "export.sheet_week")), forms)
        _gantt_sheet(lang, document, book.add_worksheet(say(lang, "export.sheet_gantt")), forms)
        _coverage_sheet(lang, document, book.add_worksheet(say(lang, "export.sheet_coverage")), forms)
        _notes_sheet(lang, document, book.add_worksheet(say(lang, "export.sheet_notes")), forms)
    return out.getvalue()


def _forms(book: Any) -> dict[str, Any]:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
    grid = {**base, "border": 1, "border_color": "#D0D5DB"}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 14}),
        "quiet": book.add_format({**base, "font_color": "#6B7280", "font_size": 9}),
        "head": book.add_format({**grid, "bold": True, "bg_color": "#E8EEF4", "align": "center"}),
        "hour": book.add_format({**grid, "bold": True, "bg_color": "#E8EEF4", "align": "left", "font_size": 8}),
        "cell": book.add_format(grid),
        "shift": book.add_format({**grid, "align": "center", "text_wrap": True, "bg_color": "#DCEBF7"}),
        "off": book.add_format({**grid, "align": "center", "font_color": "#9AA3AD"}),
        "hours": book.add_format({**grid, "num_format": "0.0"}),
        "total": book.add_format({**grid, "bold": True, "num_format": "0.0", "bg_color": "#F3F4F6"}),
        "count": book.add_format({**grid, "align": "center", "num_format": "0", "font_size": 8}),
        "need": book.add_format({**grid, "align": "center", "num_format": "0.#", "font_size": 8}),
        "short": book.add_format(
            {**grid, "align": "center", "num_format": "0.#", "font_size": 8, "bg_color": "#F8CBAD"}
        ),
        "day": book.add_format({**base, "bold": True, "font_size": 11, "bg_color": "#CFD8E3"}),
        "work": book.add_format({"bg_color": "#56B4E9", "border": 1, "border_color": "#8CCAEF"}),
        "meal": book.add_format({"bg_color": "#E69F00", "border": 1, "border_color": "#EDB74D"}),
        "break": book.add_format({"bg_color": "#F5D98B", "border": 1, "border_color": "#F5D98B"}),
        "free": book.add_format({"border": 1, "border_color": "#EEF0F2"}),
        "text": book.add_format({**base, "text_wrap": True, "valign": "top"}),
        "number": book.add_format({**grid, "num_format": "0.00"}),
    }  # fmt: skip


def _week_sheet(lang: str, document: Document, sheet: Any, forms: Mapping[str, Any]) -> None:
    """Write persons down, days across, what each works in words, paid hours in total."""
    days = _days(document)
    sheet.write(0, 0, say(lang, "export.roster_title"), forms["title"])
    sheet.write(1, 0, _origin(lang, document), forms["quiet"])
    head = [say(lang, "export.person"), say(lang, "export.team"), *(_day(lang, document, day) for day in days)]
    for column, name in enumerate([*head, say(lang, "export.paid_hours")]):
        sheet.write(3, column, name, forms["head"])
    by_person = _by_person(document)
    row = 4
    for (person, team), shifts in by_person.items():
        sheet.write_string(row, 0, person, forms["cell"])
        sheet.write_string(row, 1, _team(lang, document, team), forms["cell"])
        for column, day in enumerate(days, start=2):
            worked = [one for one in shifts if one["day"] == day]
            text = "\n".join(_shift_text(lang, one) for one in worked)
            sheet.write_string(row, column, text or say(lang, "export.off"), forms["shift" if worked else "off"])
        sheet.write_number(row, len(days) + 2, sum(one["paid_h"] for one in shifts), forms["hours"])
        sheet.set_row(row, 30)
        row += 1
    for name, of_day in (
        (say(lang, "export.people_a_day"), lambda shifts: len({one["person"] for one in shifts})),
        (say(lang, "export.paid_hours"), lambda shifts: sum(one["paid_h"] for one in shifts)),
    ):
        sheet.write(row, 0, name, forms["total"])
        sheet.write(row, 1, "", forms["total"])
        for column, day in enumerate(days, start=2):
            sheet.write_number(row, column, of_day([s for s in document["roster"] if s["day"] == day]), forms["total"])
        sheet.write_number(row, len(days) + 2, of_day(document["roster"]), forms["total"])
        row += 1
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, len(days) + 1, 15)
    sheet.set_column(len(days) + 2, len(days) + 2, 10)
    sheet.freeze_panes(4, 2)
    _print(lang, sheet, document, repeat=(3, 3))


def _gantt_sheet(lang: str, document: Document, sheet: Any, forms: Mapping[str, Any]) -> None:
    """Write a block a day: persons down, quarter-hours across, with rostered and required beneath."""
    shifts = _sorted(document)
    first = min((one["start_s"] for one in shifts), default=0) // 3600 * 3600
    last = max((one["end_s"] for one in shifts), default=3600)
    slots = list(range(first, last, _STEP_S))
    sheet.write(0, 0, say(lang, "export.sheet_gantt"), forms["title"])
    legend = (("work", "export.work"), ("meal", "export.meal"), ("break", "export.breaks"))
    for number, (form, key) in enumerate(legend):
        sheet.write_blank(1, 2 + 8 * number, None, forms[form])
        sheet.write(1, 3 + 8 * number, say(lang, key), forms["quiet"])
    sheet.write(2, 0, say(lang, "export.person"), forms["head"])
    sheet.write(2, 1, say(lang, "export.paid_hours"), forms["head"])
    for column, start in enumerate(slots, start=2):
        sheet.write(2, column, words.clock(start) if start % 3600 == 0 else "", forms["hour"])
    covered = {(one["team"], one["day"], one["start_s"]): one for one in document["coverage"]}
    row = 3
    for team in document["teams"]:
        for day in _days(document):
            today = [one for one in shifts if one["day"] == day and one["team"] == team]
            sheet.write(row, 0, f"{_day(lang, document, day)}  {_team(lang, document, team)}", forms["day"])
            for column in range(1, len(slots) + 2):
                sheet.write_blank(row, column, None, forms["day"])
            row += 1
            for one in today:
                sheet.write_string(row, 0, one["person"], forms["cell"])
                sheet.write_number(row, 1, one["paid_h"], forms["hours"])
                for column, start in enumerate(slots, start=2):
                    sheet.write_blank(row, column, None, forms[_state(one, start)])
                row += 1
            rows = [covered.get((team, day, start)) for start in slots]
            for key in ("rostered", "required"):
                sheet.write(row, 0, say(lang, f"chart.{key}"), forms["cell"])
                sheet.write_blank(row, 1, None, forms["cell"])
                for column, one in enumerate(rows, start=2):
                    if one is None:
                        sheet.write_blank(row, column, None, forms["free"])
                        continue
                    short = one["rostered"] < one["required"]
                    form = "count" if key == "rostered" else "short" if short else "need"
                    sheet.write_number(row, column, one[key], forms[form])
                row += 1
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, len(slots) + 1, 2.6)
    sheet.freeze_panes(3, 2)
    _print(lang, sheet, document, repeat=(2, 2))


def _coverage_sheet(lang: str, document: Document, sheet: Any, forms: Mapping[str, Any]) -> None:
    names = ("team", "day", "start", "required", "rostered", "busy", "gap")
    for column, name in enumerate(names):
        sheet.write(0, column, say(lang, f"export.{name}"), forms["head"])
    for row, one in enumerate(document["coverage"], start=1):
        sheet.write_string(row, 0, _team(lang, document, one["team"]), forms["cell"])
        sheet.write_string(row, 1, _day(lang, document, one["day"]), forms["cell"])
        sheet.write_string(row, 2, words.clock(one["start_s"]), forms["cell"])
        gap = one["rostered"] - one["required"]
        for column, value in enumerate((one["required"], one["rostered"], one["busy"], gap), start=3):
            form = forms["short"] if column == 6 and gap < 0 else forms["number"]
            if value is None:
                sheet.write_blank(row, column, None, form)
            else:
                sheet.write_number(row, column, value, form)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 6, 12)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(document["coverage"])), len(names) - 1)
    _print(lang, sheet, document, repeat=(0, 0), landscape=False)


def _notes_sheet(lang: str, document: Document, sheet: Any, forms: Mapping[str, Any]) -> None:
    lines = [_origin(lang, document)]
    lines += [speech.sentence(lang, one, document["currency"]) for one in document["findings"]]
    lines.append(say(lang, "export.confirm"))
    sheet.set_column(0, 0, 110)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, forms["text"])
    _print(lang, sheet, document, repeat=None, landscape=False)


def _print(
    lang: str, sheet: Any, document: Document, *, repeat: tuple[int, int] | None, landscape: bool = True
) -> None:
    """Set A4, one page wide, the heading on every page, and where it comes from in the footer."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    if repeat is not None:
        sheet.repeat_rows(*repeat)
    # "&" starts a code in a footer and is doubled to stand for itself; a footer holds 255 characters.
    origin = _origin(lang, document).replace("&", "&&")[:200]
    sheet.set_footer(f"&L&8{origin}&R&8&P / &N")


def _origin(lang: str, document: Document) -> str:
    return say(
        lang, "export.origin", scenario=document["scenario"], promise=document["promise"]["text"],
        seed=document["seed"], version=document["version"],
    )  # fmt: skip


def _sorted(document: Document) -> list[Shift]:
    return sorted(document["roster"], key=lambda one: (one["team"], one["day"], one["start_s"], one["person"]))


def _by_person(document: Document) -> dict[tuple[str, str], list[Shift]]:
    out: dict[tuple[str, str], list[Shift]] = {}
    for one in sorted(document["roster"], key=lambda one: (one["team"], one["person"], one["day"])):
        out.setdefault((one["person"], one["team"]), []).append(one)
    return out


def _days(document: Document) -> list[int]:
    """Return the days of the plan, whole weeks, so that days off are seen."""
    return list(range(document["weeks"] * _DAYS_OF_WEEK))


def _day(lang: str, document: Document, day: int) -> str:
    return speech.day_name(lang, document["day_classes"], day)


def _team(lang: str, document: Document, team: str) -> str:
    return words.title(lang, document["names"].get(team), team)


def _spans(spans: Sequence[Sequence[int]]) -> str:
    return " ".join(f"{words.clock(start)}-{words.clock(end)}" for start, end in spans)


def _shift_text(lang: str, one: Shift) -> str:
    text = f"{words.clock(one['start_s'])}–{words.clock(one['end_s'])}"
    if one["meal"]:
        text += "\n" + say(lang, "export.meal_at", times=_spans(one["meal"]))
    return text


def _state(one: Shift, start: int) -> str:
    """Tell what a person does in the quarter-hour from `start`: most of it decides."""
    middle = start + _STEP_S // 2
    if not one["start_s"] <= middle < one["end_s"]:
        return "free"
    if any(a <= middle < b for a, b in one["meal"]):
        return "meal"
    if any(a <= middle < b for a, b in one["breaks"]):
        return "break"
    return "work"
