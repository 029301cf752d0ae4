"""Findings as sentences that are read one after another: like ones told together, what to do about it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.words import clock, known, say, title
from ui.words.speech import day_class, percent, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Finding = Mapping[str, Any]

_MOST_LISTED = 6
"""So many of a kind are named in one sentence; all of them stand in the document."""
_OPEN = ("clash_open", "clash_open_skill", "plan_shift_open")
_KEPT = ("clash_kept", "clash_rule")
_SAME = {
    "clash_open": ("team", "day"),
    "clash_open_skill": ("team", "day", "skill"),
    "plan_shift_open": ("team", "day"),
    "relax_rule": ("team", "rule", "by", "source"),
    "relax_hours": ("team",),
    "relax_leave": ("team",),
    "relax_lock": ("team",),
    "relax_open": ("team",),
    "plan_broken": ("day_class", "promised_share"),
    "plan_broken_elsewhere": ("day_class", "promised_share"),
}
"""Code → values that are the same in findings told together."""
_FIRST = ("plan_over_budget", "plan_no_way_out", "cause_", "relax_total", "relax_", "clash_", "plan_shift")
"""How codes begin that say why it cannot be, and what would make it possible, in the order they are told."""
_LAST = ("plan_promise_of_", "plan_time_limit")


def told(
    lang: str, findings: Iterable[Finding], currency: str = "", names: Mapping[str, Any] | None = None
) -> list[str]:
    """Return findings of a document as sentences: what cannot be and the way out first, like ones in one sentence.

    Open shifts of a team's day with the same reasons, the people of one relaxation, and the quarter-hours of a class
    of days whose promise breaks are one sentence each. Nothing is said twice.
    """
    groups: dict[str, list[Finding]] = {}
    for one in _with_reasons(findings):
        values = one["values"]
        same = [values.get(name) for name in _SAME.get(one["code"], sorted(values))]
        groups.setdefault(repr((one["code"], same, values.get("kept"))), []).append(one)
    ordered = sorted(groups.values(), key=lambda group: _rank(group[0]["code"]))
    said = []
    for group in ordered:
        several = len(group) > 1 or group[0]["values"].get("kept")
        together = several and group[0]["code"] in _SAME
        said.append(_together(lang, group, names or {}) if together else sentence(lang, group[0], currency, names))
    return list(dict.fromkeys(said))


def _rank(code: str) -> int:
    if code.startswith(_LAST):
        return len(_FIRST) + 1
    return next((at for at, begin in enumerate(_FIRST) if code.startswith(begin)), len(_FIRST))


def _with_reasons(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with what keeps people from an open shift, told after it, among its values."""
    out: list[dict[str, Any]] = []
    for one in findings:
        if one["code"] in _KEPT and out and out[-1]["code"] in _OPEN:
            last = out[-1]["values"]
            last["kept"] = [*last.get("kept", ()), (one["values"]["rule"], one["values"]["people"])]
        else:
            out.append({"code": one["code"], "values": dict(one["values"])})
    return [*out]


def _together(lang: str, group: list[Finding], names: Mapping[str, Any]) -> str:
    """Return one sentence for findings of one kind."""
    code, first = group[0]["code"], group[0]["values"]
    every = [one["values"] for one in group]
    values: dict[str, Any] = {
        "team": _titled(lang, first.get("team", ""), names),
        "day": first.get("day"),
        "hours": _number(sum(one.get("hours") or 0 for one in every)),
    }
    if code.startswith("plan_broken"):
        ordered = sorted(every, key=lambda one: float(one["start_s"]))
        text = say(
            lang, f"told.{code}", day_class=day_class(lang, first["day_class"]), n=len(every),
            times=_listed(lang, [clock(one["start_s"]) for one in ordered]),
            share=percent(lang, min(one["share"] for one in every)), asked=percent(lang, first["promised_share"]),
        )  # fmt: skip
    elif code in _OPEN:
        times = _listed(lang, [_times(one) for one in sorted(every, key=lambda one: (one["start_s"], one["end_s"]))])
        kept = [_kept(lang, rule, people) for rule, people in first.get("kept", ())]
        because = say(lang, "told.because", kept=say(lang, "unit.listed").join(kept)) if kept else ""
        skill = say(lang, "told.skill", skill=first["skill"]) if first.get("skill") else ""
        text = say(lang, "told.open", times=times, because=because, skill=skill, **values)
    else:
        rule = _rule(lang, first["rule"]) if "rule" in first else ""
        who = _listed(lang, [_who(lang, code, one, names) for one in every])
        text = say(lang, f"told.{code}", who=who, rule=rule, n=len(every), **values)
    return text[:1].upper() + text[1:]


def _who(lang: str, code: str, one: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """Return whom, or which shift, one of several relaxations concerns."""
    person = _titled(lang, one.get("person", ""), names)
    if code == "relax_open":
        return say(lang, "told.shift", day=one["day"], times=_times(one))
    if code == "relax_hours":
        return say(lang, "told.person_hours", person=person, by=_number(one["by"]))
    return say(lang, "told.person_day", person=person, day=one["day"])


def _titled(lang: str, name: str, names: Mapping[str, Any]) -> str:
    """Return the title of a team or a person."""
    found = names.get(name)
    return found if isinstance(found, str) else title(lang, found, name)


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _times(one: Mapping[str, Any]) -> str:
    return f"{clock(one['start_s'])}–{clock(one['end_s'])}"


def _kept(lang: str, rule: str, people: int) -> str:
    """Return how many people something keeps from a shift."""
    key = f"told.kept.{rule}"
    return (
        say(lang, key, people=people) if known(key) else say(lang, "told.kept", people=people, rule=_rule(lang, rule))
    )


def _rule(lang: str, name: str) -> str:
    return say(lang, f"unit.rule.{name}") if known(f"unit.rule.{name}") else name


def _listed(lang: str, every: list[str]) -> str:
    """Return things one after another, each once with how often; after the first few, how many more there are."""
    times = {one: every.count(one) for one in every}
    shown = [one if n == 1 else f"{one} ×{n}" for one, n in times.items()]
    text = say(lang, "unit.listed").join(shown[:_MOST_LISTED])
    more = len(shown) - _MOST_LISTED
    return say(lang, "told.more", listed=text, n=more) if more > 0 else text
