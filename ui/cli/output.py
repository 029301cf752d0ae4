"""What the commands print: one JSON document, or tables and sentences for a person."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ui import words
from ui.actions.documents import HEADLINES, Measures, dumps
from ui.cli.progress import progress, stages
from ui.words import say, speech

__all__ = [
    "calibration",
    "checks",
    "comparison",
    "document",
    "entries",
    "forecast",
    "look",
    "progress",
    "scenario",
    "stages",
    "study",
]

_POOLS_SHOWN = 12
_ENTRIES_SHOWN = 40
_DAYS_SHOWN = 56


def document(value: Mapping[str, Any], without: Iterable[str] = ()) -> None:
    """Print one JSON document on standard output, in UTF-8 whatever the locale."""
    left_out = {*without, "key"}
    text = dumps({name: one for name, one in value.items() if name not in left_out})
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(text.encode() + b"\n")
        sys.stdout.buffer.flush()
    else:
        print(text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a plain table; the first `left` columns stand left, the rest right. Chinese counts two columns."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        out = []
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - cell_len(cell))
            out.append(cell + space if i < left else space + cell)
        return "  ".join(out).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])


def study(lang: str, found: Mapping[str, Any]) -> None:
    """Print a study: what it says, the headline measures with their intervals, the pools."""
    measures, currency = Measures(found), found["currency"]
    _heading(lang, found)
    print()
    for one in found["findings"]:
        print("•", speech.sentence(lang, one))
    rows = []
    for measure in HEADLINES:
        row = measures.row(measure)
        if row is not None and row["value"] is not None:
            rows.append([speech.measure_name(lang, measure), *_cells(lang, measure, row, currency)])
    print()
    widths = ("noise", "inputs") if "inputs" in found else ("half_width",)
    print(table([say(lang, f"cli.column.{name}") for name in ("measure", "value", *widths)], rows))
    pools = [(name, measures.row("occupancy", pool=name)) for name in measures.pools()]
    pools = sorted(((name, row) for name, row in pools if row and row["value"] is not None), key=_by_value)
    if pools:
        rows = [
            [words.title(lang, found["names"].get(name), name), *_cells(lang, "occupancy", row, currency)]
            for name, row in pools[:_POOLS_SHOWN]
        ]
        print()
        print(table([say(lang, f"cli.column.{name}") for name in ("pool", "occupancy", *widths)], rows))
        if len(pools) > _POOLS_SHOWN:
            print(say(lang, "cli.more_pools", n=len(pools) - _POOLS_SHOWN))
    _units(lang, found, measures, currency)
    _ledger(lang, measures, currency)


_OF_UNIT = ("offered", "service_level", "income", "cost", "bill", "result")


def _units(lang: str, found: Mapping[str, Any], measures: Measures, currency: str) -> None:
    """Print what each unit has, and below what the bank has."""
    units = measures.named("result")
    if not units:
        return
    rows = []
    for unit in (*units, ""):
        values = [measures.value(f"{name}:{unit}" if unit else name) for name in _OF_UNIT]
        shown = [speech.quantity(lang, name, value, currency) for name, value in zip(_OF_UNIT, values, strict=True)]
        rows.append([words.title(lang, found["names"].get(unit), unit) if unit else say(lang, "cli.all_units"), *shown])
    print()
    header = [say(lang, "cli.column.unit"), *(speech.measure_name(lang, name) for name in _OF_UNIT)]
    print(table(header, rows))


def _ledger(lang: str, measures: Measures, currency: str) -> None:
    """Print how often each kind of entry was written, and how visits ended that have outcomes of their own."""
    rows = []
    for name in ("outcome", "event_count"):
        for kind in measures.named(name):
            row = measures.row(f"{name}:{kind}")
            if row is not None:
                rows.append([speech.measure_name(lang, f"{name}:{kind}"), *_cells(lang, name, row, currency)])
    if rows:
        print()
        header = [say(lang, f"cli.column.{name}") for name in ("ledger", "value", "half_width")]
        print(table(header, rows[:_ENTRIES_SHOWN]))
        if len(rows) > _ENTRIES_SHOWN:
            print(say(lang, "cli.more_entries", n=len(rows) - _ENTRIES_SHOWN))


def _by_value(one: tuple[str, Any]) -> tuple[float, str]:
    return -one[1]["value"], one[0]


def _cells(lang: str, measure: str, row: Mapping[str, Any], currency: str) -> list[str]:
    widths = [row[name] for name in ("half_width", "input_half_width") if name in row]
    shown = ["" if width is None else "± " + speech.quantity(lang, measure, width, currency) for width in widths]
    return [speech.quantity(lang, measure, row["value"], currency), *shown]


def _heading(lang: str, found: Mapping[str, Any]) -> None:
    title = words.title(lang, found["title"])
    print(f"{found['scenario']}  {title}".rstrip())
    print(
        say(
            lang, "cli.run_of", reps=found["replications"], days=found["days"], seed=found["seed"],
            engine=found["engine"],
        )
    )  # fmt: skip
    if found["staff"]:
        changed = ", ".join(f"{team} = {people}" for team, people in found["staff"].items())
        print(say(lang, "cli.with_staff", staff=changed))


def comparison(lang: str, found: Mapping[str, Any]) -> None:
    """Print paired differences, the headline measures first."""
    for one in found["scenarios"]:
        print(f"{one['id']}  {words.title(lang, one['title'])}".rstrip())
    print(say(lang, "cli.same_customers", reps=found["replications"], seed=found["seed"]))
    print()
    currency = found["studies"][0]["currency"]
    for one in found["findings"]:
        print("•", speech.sentence(lang, one, currency))
    rows = []
    for measure in HEADLINES:
        for row in found["comparisons"]:
            if row["measure"] == measure and row["difference"] is not None:
                quantity = [speech.quantity(lang, measure, row[side], currency) for side in ("a", "b")]
                sign = "+" if row["difference"] > 0 else ""
                difference = sign + speech.change(lang, measure, row["difference"], currency)
                width = row["half_width"]
                shown = "" if width is None else "± " + speech.change(lang, measure, width, currency)
                verdict = say(lang, f"cli.verdict.{row['verdict']}")
                pair = " → ".join(row["pair"])
                name = speech.measure_name(lang, measure)
                rows.append([name, pair, *quantity, difference, shown, verdict])
    names = ("measure", "pair", "first", "second", "difference", "half_width", "verdict")
    print()
    print(table([say(lang, f"cli.column.{name}") for name in names], rows, left=2))


def entries(lang: str, found: Mapping[str, Any]) -> None:
    """Print the catalogue."""
    rows = [
        [one["id"], words.title(lang, one["title"]), words.title(lang, one["question"])] for one in found["scenarios"]
    ]
    print(table([say(lang, f"cli.column.{name}") for name in ("id", "title", "question")], rows, left=3))


def checks(lang: str, found: Mapping[str, Any]) -> None:
    """Print the checks of the catalogue, and which scenarios have none."""
    rows = []
    for one in found["checks"]:
        low, high = (words.figure(end) if end is not None else "" for end in one["band"])
        width = "" if one["half_width"] is None else "± " + words.figure(one["half_width"])
        headline = words.title(lang, one["headline"])
        rows.append(
            [
                one["id"],
                headline,
                one["label"],
                one["verdict"],
                words.figure(one["value"]),
                width,
                f"{low}–{high}",
            ]
        )
    names = ("id", "headline", "label", "verdict", "value", "half_width", "band")
    if rows:
        print(table([say(lang, f"cli.column.{name}") for name in names], rows, left=4))
    if found["without_checks"]:
        print(say(lang, "cli.without_checks", ids=found["without_checks"]))


def scenario(lang: str, found: Mapping[str, Any]) -> None:
    """Print what a scenario holds, in a page."""
    one = found["scenario"]
    print(f"{one['id']}  {words.title(lang, one.get('title'))}".rstrip())
    if one.get("question"):
        print(words.title(lang, one["question"]))
    for note in one.get("notes", ()):
        print("•", words.title(lang, note))
    for section in ("place", "team", "pool", "service", "stream"):
        items = one.get(section) or {}
        if items:
            print()
            print(say(lang, f"cli.section.{section}", n=len(items)))
            print(table(*_section(lang, section, items), left=2))


def _section(lang: str, section: str, items: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    columns = {
        "place": ("kind", "parent", "count"),
        "team": ("place", "role", "staff", "cost_per_hour"),
        "pool": ("place", "role", "units"),
        "service": ("segment", "route"),
        "stream": ("place", "per_day", "rate_per_hour"),
    }[section]
    header = [say(lang, "cli.column.id"), say(lang, "cli.column.title"), *columns]
    rows = [
        [name, words.title(lang, one.get("title")), *(_plain(one.get(column)) for column in columns)]
        for name, one in items.items()
    ]
    return header, rows


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def calibration(lang: str, found: Mapping[str, Any], report: str = "") -> None:
    """Print what was read, what was dropped and why, what was fitted, and what to do next."""
    dropped = sum(one["count"] for one in found["dropped"])
    print(say(lang, "cli.rows_read", n=f"{found['rows_read']:,}", dropped=f"{dropped:,}"))
    for column, counted in (("dropped", found["dropped"]), ("classified", found.get("classified", ()))):
        if counted:
            rows = [[_rule(lang, one["rule"]), f"{one['count']:,}"] for one in counted]
            print()
            print(table([say(lang, f"cli.column.{column}"), say(lang, "cli.column.rows")], rows))
    if found.get("outcomes"):
        counts = found["outcomes"]
        listed = counts.items() if isinstance(counts, Mapping) else ((o["outcome"], o["count"]) for o in counts)
        print()
        header = [say(lang, "cli.column.outcome"), say(lang, "cli.column.rows")]
        print(table(header, [[_outcome(lang, name), f"{count:,}"] for name, count in listed]))
    rows = [
        [
            one["service"], _law(lang, one["law"]),
            words.duration(lang, one["mean_s"]), words.duration(lang, one["sd_s"]),
            words.duration(lang, one["sample_mean_s"]), f"{one['n']:,}",
        ]
        for one in found["service"]
    ]  # fmt: skip
    if rows:
        names = ("service", "law", "mean", "sd", "sample_mean", "rows")
        print()
        print(table([say(lang, f"cli.column.{name}") for name in names], rows, left=2))
    rows = [
        [
            one["service"], _or_none(lang, one["parameters"]["shape"], ".2f"),
            words.duration(lang, one["parameters"]["scale_s"]),
            *(_or_none(lang, point["share"], ".0%") for point in one["survival"]), f"{one['abandoned']:,}",
        ]
        for one in found.get("patience", ())
    ]  # fmt: skip
    if rows:
        at = [point["at_s"] for point in found["patience"][0]["survival"]]
        header = [say(lang, f"cli.column.{name}") for name in ("patience_of", "shape", "scale")]
        header += [say(lang, "cli.column.still_waits", at=words.duration(lang, at_s)) for at_s in at]
        print()
        print(table([*header, say(lang, "cli.column.gave_up")], rows))
    if found.get("findings"):
        print()
    for one in found.get("findings", ()):
        print("•", speech.sentence(lang, one))
    print()
    print(say(lang, "cli.written_to", out=found["out"]))
    if report:
        print(say(lang, "cli.written", file=report))
    counts = any(one["code"] == "counts_only" for one in found["findings"])
    print(say(lang, "cli.next_forecast" if counts else "cli.next_simulate", out=found["out"]))


def forecast(lang: str, found: Mapping[str, Any], out: str = "") -> None:
    """Print the days of a forecast, what rests on an estimate, and what to know."""
    values = {"scenario": found["scenario"], "start": found["from"], "end": found["until"], **found["history"]}
    print(say(lang, "cli.forecast_of", **values))
    print()
    for one in found["findings"]:
        print("•", speech.sentence(lang, one))
    if found["findings"]:
        print()
    days = {one["date"]: one for one in found["days"][:_DAYS_SHOWN]}
    places = list(dict.fromkeys(one["place"] for one in found["daily"]))
    whole = {place: any((one["place"], one["service"]) == (place, "*") for one in found["daily"]) for place in places}
    rows = []
    for one in found["daily"]:
        day = days.get(one["start"][:10])
        if day is None or (whole[one["place"]] and one["service"] != "*"):
            continue
        mark = say(lang, "cli.estimated_mark") if day["estimated"] else ""
        band = f"{one['q10']:,.0f} – {one['q90']:,.0f}"
        where = [one["place"]] if len(places) > 1 else []
        rows.append([day["date"] + mark, speech.day_class(lang, day["day_class"]), *where, f"{one['mean']:,.0f}", band])
    names = ("date", "day_class", *(("place",) if len(places) > 1 else ()), "expected", "band80")
    print(table([say(lang, f"cli.column.{name}") for name in names], rows, left=len(names) - 2))
    if len(found["days"]) > _DAYS_SHOWN:
        print(say(lang, "cli.more_days", n=len(found["days"]) - _DAYS_SHOWN))
    print()
    print(say(lang, "cli.written", file=out) if out else say(lang, "cli.half_hours_in"))


def _law(lang: str, law: str) -> str:
    return say(lang, f"cli.law.{law}") if words.known(f"cli.law.{law}") else law


def look(lang: str, found: Mapping[str, Any]) -> None:
    """Print which column would be read as what, the first rows, and what is still to be said."""
    for one in found["files"]:
        how = f"{one['format']}, {one['how']}" if one["how"] else one["format"]
        values = {"file": one["file"], "how": how, "n": f"{one['looked_at']:,}"}
        if found["preset"]:
            print(say(lang, "cli.look_at", preset=found["preset"], **values))
        else:
            print(say(lang, "cli.look_at_guessed", **values))
        rows = [[say(lang, f"cli.canonical.{m['name']}"), ", ".join(m["columns"]), m["form"]] for m in one["mapped"]]
        if rows:
            print()
            print(table([say(lang, f"cli.column.{name}") for name in ("read_as", "log_column", "form")], rows, left=3))
        if one["rows"]:
            names = [name for name in one["rows"][0] if name != "row"]
            shown = [[str(row["row"]), *("–" if row[n] is None else str(row[n]) for n in names)] for row in one["rows"]]
            print()
            header = [say(lang, "cli.column.row"), *(say(lang, f"cli.canonical.{name}") for name in names)]
            print(table(header, shown, left=0))
        print()
        for bad in one["unreadable"]:
            print("•", say(lang, "cli.look_unreadable", rule=_rule(lang, bad["rule"]), n=f"{bad['count']:,}"))
        if one["unread"]:
            print("•", say(lang, "cli.look_unread", names=", ".join(one["unread"])))
        for want in one["missing"]:
            names = [name for name in want.split(" | ") if words.known(f"cli.canonical.{name}")]
            asked = " | ".join(f"{say(lang, f'cli.canonical.{name}')} ({name})" for name in names) or want
            print("•", say(lang, "cli.look_missing", what=asked))
        for name, columns in one["guesses"].items():
            what = f"{say(lang, f'cli.canonical.{name}')} ({name})"
            print("•", say(lang, "cli.look_guess", what=what, columns=", ".join(columns)))
        for code in one["unknown"]:
            print("•", say(lang, "cli.look_unknown", code=code))
    print()
    if found["ready"]:
        print(say(lang, "cli.look_ready"))
    else:
        print(say(lang, "cli.look_mapping"))
        print()
        print(found["mapping"])


def _or_none(lang: str, value: float | None, form: str) -> str:
    """Return a figure, or the sign for what is not known."""
    return say(lang, "unit.none") if value is None else format(value, form)


def _rule(lang: str, rule: str) -> str:
    return say(lang, f"rule.{rule}") if words.known(f"rule.{rule}") else rule


def _outcome(lang: str, name: str) -> str:
    return say(lang, f"outcome.{name}") if words.known(f"outcome.{name}") else name
