"""Frontiers, changes, assignments and headcount: as files that another reader opens, and in words."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from ui import words
from ui.charts import frontiers
from ui.cli import planned
from ui.exports import assignment, branches, changes, frontier, headcount

WILD = "=HYPERLINK(1)"
PROMISE = {"text": "80% in 180s", "share": 0.8, "within_s": 180.0, "of": "all_waits", "per": ["interval"]}


def point(asked, cost, value, *, best=True, worst=0.8):
    return {
        "asked": asked, "budget": None, "cost": cost, "paid_hours": cost / 70, "value": value, "half_width": 0.006,
        "worst": worst, "worst_half_width": 0.03, "kept": worst >= asked, "best": best,
    }  # fmt: skip


@pytest.fixture
def curve() -> dict:
    return {
        "scenario": "S&1", "title": {"zh": "池", "en": "Pool"}, "measure": "share", "promise": PROMISE, "weeks": 1,
        "seed": 9, "replications": 120, "currency": "CNY", "version": "0", "findings": [],
        "points": [point(0.6, 24_000.0, 0.85), point(0.85, 30_500.0, 0.84, best=False), point(0.9, 31_000.0, 0.97)],
    }  # fmt: skip


@pytest.fixture
def today(planned) -> dict:
    def change(kind, person, **more):
        one = {
            "kind": kind, "person": person, "team": "remote-a", "place": "centre", "start_s": 32_400, "end_s": 63_900,
            "was_start_s": 32_400, "was_end_s": 61_200, "meal": [[43_200, 45_900]], "breaks": [],
            "was_meal": [[45_000, 47_700]], "was_breaks": [], "to_team": "", "to_place": "", "cost": 0.0,
            "disruption": 1.0,
        }  # fmt: skip
        return one | more

    def outlook(share, broken):
        return {"share": share, "half_width": 0.012, "broken": broken, "worst": 0.6}

    return {
        **planned, "day": 0, "at_s": 39_600, "frozen_until_s": 41_400, "factor": 1.23, "factor_sd": 0.08,
        "seen": 141.0, "expected": 112.0, "cost": 260.0, "unchanged": outlook(0.95, 0), "without": outlook(0.71, 8),
        "after": outlook(0.86, 0), "first_date": "2026-11-23",
        "changes": [change("overtime", WILD, cost=260.0), change("call_in", "喆堃", was_start_s=0, was_end_s=0)],
    }  # fmt: skip


@pytest.fixture
def teams() -> dict:
    def row(place, first, backup, before):
        return {
            "place": place, "role": "remote_agent", "services": ["P01", "P02"], "start_s": 0, "end_s": 86_400,
            "load": 0.5, "first": first, "backup": backup, "before": before,
        }  # fmt: skip

    share = {
        "team": "a", "role": "remote_agent", "start_s": 0, "end_s": 86_400, "branches": 2, "backups": 0, "load": 1.0,
        "people": 4, "cost": 900.0,
    }  # fmt: skip
    return {
        "scenario": "S&1", "promise": PROMISE, "seed": 1, "version": "0", "status": "feasible", "cost": 900.0,
        "lower_bound": 880.0, "gap": 0.0222, "people": 4, "one_pool": 3, "alone": 6, "changed": 1, "currency": "CNY",
        "names": {"a": {"zh": "甲队", "en": "Team A"}, WILD: {"zh": WILD, "en": WILD}},
        "rows": [row(WILD, "a", None, None), row("b2", "a", "b", "a"), row("b3", None, None, None)],
        "teams": [share], "findings": [],
    }  # fmt: skip


@pytest.fixture
def year() -> dict:
    def of(role, month, staff, short=0.0):
        names = ("effective", "overtime", "left")
        counts = ("offered", "hired", "moved_in", "moved_out", "in_training", "exits")
        return {"role": role, "month": month, "needed": 10.0, "staff": staff, "short": short} | dict.fromkeys(
            names, 1.5
        ) | dict.fromkeys(counts, 1)  # fmt: skip

    def ledger(tally, month):
        counts = dict.fromkeys(("hired", "moved_in", "moved_out", "exits"), 1)
        return {"tally": tally, "month": month, "opening": 10.0 - month, "closing": 9.0 - month, "left": 1.0} | counts

    return {
        "scenario": "S&1", "towards": "S2", "promise": PROMISE, "start": "2026-11-01", "months": 3, "workforce": "w",
        "label": "ASSUMED", "version": "0", "status": "feasible", "cost": 1000.0, "lower_bound": 990.0, "gap": 0.01,
        "currency": "CNY", "change": {"teller": -3.0, "*": -3.0}, "findings": [],
        "roles": [of("teller", month, 9.5, short=0.5 if month == 2 else 0.0) for month in range(3)],
        "ledger": [ledger(tally, month) for tally in ("teller", "*") for month in range(3)],
        "moves": [{"from_role": "teller", "to_role": "remote_agent", "month": 0, "at_work": 2, "people": 3}],
    }  # fmt: skip


def opened(data: bytes):
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8", "replace")
            assert "<f>" not in text
            assert "<hyperlink" not in text
    return openpyxl.load_workbook(io.BytesIO(data))


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_frontier(lang, curve, capsys):
    (sheet,) = opened(frontier.workbook(lang, curve)).worksheets
    assert [cell.value for cell in sheet[5]][:5] == [0.6, None, 24_000, pytest.approx(24_000 / 70), 0.85]
    assert sheet["E5"].number_format == "0.0%"
    assert len(read(frontier.csv_text(lang, curve))) == 4
    assert frontiers.png(lang, curve, "柜流").startswith(b"\x89PNG")
    planned.frontier(lang, curve)
    said = capsys.readouterr().out
    assert ("24,000 元" if lang == "zh" else "24,000 CNY") in said
    assert said.count("*") >= 2


@pytest.mark.parametrize("measure", ["share", "wait_p90_s"])
def test_a_frontier_without_any_answer_is_drawn_all_the_same(curve, measure):
    empty = {**curve, "measure": measure, "points": [{**point(1, 2.0, None), "half_width": None, "worst": None}]}
    assert frontiers.png("zh", empty).startswith(b"\x89PNG")
    assert opened(frontier.workbook("zh", empty)).worksheets


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_changes_of_today(lang, today, capsys):
    book = opened(changes.workbook(lang, today, changes.said(lang, today)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows if row[0] in (1, 2)] == [WILD, "喆堃"]
    assert [row[5:7] for row in rows if row[0] == 1] == [("09:00–17:00", "09:00–17:45")]
    assert book.worksheets[1].max_row == 1 + sum(one["day"] == 0 for one in today["roster"])
    assert read(changes.csv_text(lang, today))[1][2] == "'" + WILD
    planned.replan(lang, today)
    said = capsys.readouterr().out
    assert "123" in said
    assert ("260 元" if lang == "zh" else "260 CNY") in said


def test_what_today_comes_to_is_said_as_it_is(today):
    kept = changes.said("en", today)[2]
    assert kept == "2 changes, none before 11:30; extra cost 260 CNY. The promise is kept."
    broken = {**today, "kept": False, "after": {**today["after"], "broken": 3}}
    assert "In 3 cells" in changes.said("en", broken)[2]
    assert "No change that helps" in changes.said("en", {**broken, "changes": []})[2]
    assert changes.said("en", {**today, "changes": []})[2] == "Nothing has to be changed today."


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_an_assignment(lang, teams, capsys):
    book = opened(assignment.workbook(lang, teams, assignment.said(lang, teams)))
    rows = list(book.worksheets[0].iter_rows(min_row=5, values_only=True))
    team = words.title(lang, teams["names"]["a"])
    yes = words.say(lang, "unit.true")
    assert [row[7:11] for row in rows] == [(team, None, None, yes), (team, "b", team, None), ("–", None, None, None)]
    assert rows[0][4:6] == ("00:00", "24:00")
    assert book.worksheets[1]["I5"].value == 4
    assert read(assignment.csv_text(lang, teams))[1][0] == "'" + WILD
    planned.assignment(lang, teams)
    assert "2.2" in capsys.readouterr().out


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_year_of_headcount(lang, year, capsys):
    book = opened(headcount.workbook(lang, year))
    glance = book.worksheets[0]
    assert [cell.value for cell in glance[4]][2:] == ["2026-11", "2026-12", "2027-01"]
    assert [cell.value for cell in glance[5]][2:] == [9.5, 9.5, 9.5]
    assert [cell.fill.fgColor.rgb for cell in glance[5]][4] == "FFF8CBAD"
    assert book.worksheets[3]["D5"].value == "2027-01"
    assert len(read(headcount.csv_text(lang, year, "ledger"))) == 7
    planned.headcount(lang, year)
    said = capsys.readouterr().out
    assert "10.0 → 7.0" in said
    assert ("柜员" if lang == "zh" else "tellers") in said


def test_a_plan_says_baselines_price_and_worth_in_both_languages(planned_with_money):
    zh, en = (planned.lines(lang, planned_with_money) for lang in words.LANGUAGES)
    assert "对照“逐时段 Erlang C 加班次覆盖”：130 元（+30.0%），承诺守住。" in zh
    assert "Compared with Erlang C by interval, then cover: 130 CNY (+30.0%), which keeps the promise." in en
    assert "One percentage point more of the promise costs about 7 CNY." in en
    assert any("远程团队甲" in line and "09:00–10:00" in line and "工作日" in line for line in zh)
    assert any("Of 20 drawn sets" in line or "of 20 drawn sets" in line for line in en)


@pytest.fixture
def planned_with_money(planned) -> dict:
    out = {"seed": 1, "replications": 60, "share": 0.9, "half_width": 0.01, "ok": True, "cells": []}
    worth = {
        "team": "remote-a", "place": "centre", "day_class": "workday", "start_s": 32_400, "end_s": 36_000,
        "cost": 50.0, "share": 0.004, "half_width": 0.001, "customers": 3.0,
    }  # fmt: skip
    return {
        **planned, "promise": PROMISE, "achieved": {"in_sample": None, "out_of_sample": out}, "relaxation": "work",
        "baselines": [{"name": "erlang_c", "cost": 130.0, "kept": True}], "price": {"per_point": 7.0},
        "worth": [worth, worth], "draws": {"sets": 20, "every_cell": 15, "overall": 19},
    }  # fmt: skip


def test_promises_in_words():
    from ui.words import speech

    limit = {"measure": "wait_p90_s", "value": 600.0, "sense": "at_most", "per": ["place"]}
    assert speech.promise("en", PROMISE) == "80 % connected within 3 min"
    assert speech.promise("zh", PROMISE) == "80% 的客户在 3 分钟内接通"
    assert "10 min, at every place" in speech.promise("en", limit)
    assert "不超过 10 分钟（每个地点）" in speech.promise("zh", limit)
    assert speech.promise("zh", {"text": "own"}) == "own"


def test_days_shapes_and_half_widths_in_the_readers_language():
    from ui.words import speech

    assert speech.day_class("zh", "friday") == "周五"
    assert speech.day_class("zh", "own-class") == "own-class"
    assert speech.shape("zh", "day-8") == "白班（8 小时）"
    assert speech.shape("en", "x9", {"zh": "两头", "en": "split"}) == "split"
    assert speech.margin("zh", "wait_mean_s", 20.0) == "（±20.0 秒）"
    assert speech.margin("zh", "wait_mean_s", 21.3) == "（±21.3 秒）"
    finding = {"code": "class_never_seen", "values": {"classes": "friday, holiday"}}
    assert "周五、节假日" in speech.sentence("zh", finding)
    assert "Friday, holiday" in speech.sentence("en", finding)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_branches_and_remote_teams_together(lang):
    document = {
        "scenario": "S&1", "promise": PROMISE, "posts_rules": "p", "contract": "c", "version": "0", "status": "optimal",
        "cost": 100.0, "lower_bound": 99.0, "gap": 0.01, "currency": "CNY", "shapes": {}, "findings": [],
        "names": {"b1": {"zh": "一网点", "en": "Branch 1"}, "b2": {"zh": "二网点", "en": "Branch 2"}},
        "shifts": [
            {
                "day_class": "workday", "group": WILD, "shape": "day-8", "start_s": 32_400, "end_s": 63_900,
                "meal": [[43_200, 45_900]], "breaks": [], "paid_h": 8.0, "on_call": False,
                "stays": [["b1", 32_400, 43_200], ["b2", 45_900, 63_900]],
            }
        ],
        "posts": [
            {
                "day_class": "workday", "place": "b1", "skill": "witness", "held": False, "on_call": False,
                "start_s": 32_400, "end_s": 61_200, "people": 1.0,
            }
        ],
        "recalls": [
            {"team": "a", "place": "b1", "to_pool": "t@b1", "day_class": "workday", "start_s": 36_000, "end_s": 39_600}
        ],
    }  # fmt: skip
    book = opened(branches.workbook(lang, document))
    shift = [cell.value for cell in book.worksheets[0][5]]
    first, second = (words.title(lang, document["names"][name]) for name in ("b1", "b2"))
    assert shift[1] == WILD
    assert shift[8] == f"{first} 09:00-12:00 → {second} 12:45-17:45"
    assert book.worksheets[1]["C5"].value == words.say(lang, "unit.skill.witness")
    assert book.worksheets[2]["E5"].value == "10:00"
    assert read(branches.csv_text(lang, document))[1][1] == "'" + WILD
    assert len(branches.said(lang, document)) == 3
