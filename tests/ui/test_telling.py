"""Findings one after another: the way out first, like ones in one sentence, nothing twice."""

import pytest

from ui import words
from ui.words import telling

SOURCE = {"zh": "公司规定", "en": "Company rule"}
RULE = {"rule": "days_off_per_week", "source": SOURCE}


def found(code, **values):
    return {"code": code, "values": values}


def clash(day, start_s, end_s, code="clash_open", skill="", away=2):
    at = {"team": "a", "day": day, "start_s": start_s, "end_s": end_s, "skill": skill}
    return [
        found(code, **at),
        found("clash_kept", rule="one_shift_a_day", people=8),
        found("clash_kept", rule="leave", people=away),
        found("clash_rule", people=1, **RULE),
    ]


def relaxed(person):
    return found("relax_rule", team="a", person=person, day=7, hours=1.0, by=1, **RULE)


FINDINGS = [
    found("plan_promise_of_team", of="seize:agent", teams="a"),
    *clash(1, 32400, 63900),
    *clash(1, 30600, 62100),
    *clash(2, 32400, 63900, away=3),
    found("cause_rule", team="a", **RULE),
    *(relaxed(f"a-{n}") for n in range(9)),
    found("relax_total", team="a", hours=9.0, steps=9),
    found("plan_time_limit"),
    *(found("plan_broken", day_class="workday", start_s=36000 + 900 * n, share=0.7 + n / 100, promised_share=0.8)
      for n in range(3)),
]  # fmt: skip


def test_many_findings_are_few_sentences_the_way_out_first():
    said = telling.told("en", FINDINGS, "", {"a": {"zh": "甲组", "en": "Team A"}})
    assert said == [
        "Team A, the cause: the rule “days off a week” (Company rule).",
        "Team A: the cheapest way out has 9 steps, worth 9 h of wage in all.",
        "Possible: relax “days off a week” in 9 cases: a-0 (day 7), a-1 (day 7), a-2 (day 7), a-3 (day 7), "
        "a-4 (day 7), a-5 (day 7) and 3 more (worth 9 h of wage in all).",
        "Team A: on day 1 nobody for shifts: 08:30–17:15, 09:00–17:45 (8 have a shift that day, 2 on leave, "
        "1 kept by “days off a week”).",
        "Team A: on day 2 nobody for shifts: 09:00–17:45 (8 have a shift that day, 3 on leave, "
        "1 kept by “days off a week”).",
        "On days of class workday the promise breaks in 3 intervals, from 10:00, 10:15, 10:30: 70.0 % at worst, "
        "not 80.0 %.",
        *said[-2:],
    ]
    assert "the wait for the team only (Team A)" in said[-2]
    assert "time limit" in said[-1]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_kind_has_its_sentence_without_holes(lang):
    person = {"team": "a", "day": 2, "hours": 1.5}
    shift = {"team": "a", "day": 2, "start_s": 32400, "end_s": 63900}
    kinds = {
        "relax_leave": person, "relax_lock": person, "relax_hours": {**person, "by": 2.0},
        "relax_open": {**person, **shift}, "plan_shift_open": shift,
        "plan_broken_elsewhere": {"day_class": "workday", "start_s": 0, "share": 0.5, "promised_share": 0.8},
    }  # fmt: skip
    for code, values in kinds.items():
        told = telling.told(lang, [found(code, person="x", **values), found(code, person="y", **values)])
        assert len(told) == 1, code
        assert "?" not in told[0], told
        assert "{" not in told[0], told
    skilled = telling.told(lang, [*clash(1, 32400, 63900, "clash_open_skill", "P01")])
    assert len(skilled) == 1
    assert "P01" in skilled[0]


def test_what_is_alone_is_said_as_ever():
    alone = [relaxed("a-1"), *clash(1, 32400, 63900)[:1]]
    assert telling.told("zh", alone) == [
        "可以：对 a-1 在第 7 天放宽“每周休息天数” 1（公司规定；代价相当于 1 小时工资）。",
        "A：第 1 天 09:00–17:45 的班没有人能上。",
    ]
