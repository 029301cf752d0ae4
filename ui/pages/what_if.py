"""What if: pick a scenario, change the size of a team, and see what that does to customers and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import actions, jobs, words
from ui.actions.plans import REMOTE_ROLE
from ui.charts import occupancies, waits
from ui.exports import measures as export
from ui.pages.parts import running, showing
from ui.pages.parts.session import catalogue, lang, say, scenario, scenario_label
from ui.words import speech

if TYPE_CHECKING:
    from store import Job

PAGE = "what_if"
FIRST = "S03"


def _restore(job: Job) -> None:
    """Put the inputs of the run that the address names into the widgets, once a session."""
    if st.session_state.get("what_if_restored") or job.kind != "simulate":
        return
    st.session_state.what_if_restored = True
    request = jobs.request_of(job)
    if request.scenario in catalogue():
        st.session_state.setdefault("what_if_scenario", request.scenario)
        st.session_state.setdefault("what_if_reps", request.reps)
        st.session_state.setdefault("what_if_seed", request.seed)
        for team, people in request.staff.items():
            st.session_state.setdefault(f"what_if_staff_{request.scenario}_{team}", people)


def _inputs() -> actions.SimulateRequest:
    names = list(catalogue())
    first = names.index(FIRST) if FIRST in names else 0
    with st.container(border=True):
        left, middle, right = st.columns([3, 1, 1])
        name = left.selectbox(
            say("page.scenario"), names, index=first, format_func=scenario_label, key="what_if_scenario",
            persist_state="session",
        )  # fmt: skip
        reps = middle.number_input(
            say("page.reps"), 1, 2000, 30, 10, key="what_if_reps", help=say("page.reps_help"),
            persist_state="session",
        )  # fmt: skip
        seed = right.number_input(
            say("page.seed"), 0, 2**31 - 1, 1, key="what_if_seed", help=say("page.seed_help"),
            persist_state="session",
        )  # fmt: skip
        question = catalogue()[name]["question"]
        if question:
            st.caption(showing.plain(words.title(lang(), question)))
        chosen = scenario(name)
        remote = {team: one for team, one in chosen["teams"].items() if one["role"] == REMOTE_ROLE}
        others = {team: one for team, one in chosen["teams"].items() if team not in remote}
        staff: dict[str, int] = {}
        if remote:
            st.markdown(f"**{say('page.remote_teams')}**")
            staff |= _teams(name, remote)
        with st.expander(say("page.other_teams"), expanded=not remote):
            staff |= _teams(name, others)
    return actions.SimulateRequest(name, int(reps), int(seed), staff=staff)


def _teams(name: str, teams: dict[str, Any]) -> dict[str, int]:
    """Show a number for each team; return those that differ from the scenario."""
    changed = {}
    columns = st.columns(2 if len(teams) <= 2 else 3)
    for i, (team, one) in enumerate(teams.items()):
        title = words.title(lang(), one["title"], team)
        label = say("page.each_place", team=title) if one["many"] else title
        people = columns[i % len(columns)].number_input(
            label, 0, 1000, one["people"], key=f"what_if_staff_{name}_{team}",
            help=say("page.as_scenario", n=one["people"]), persist_state="session",
        )  # fmt: skip
        if people != one["people"]:
            changed[team] = int(people)
    return changed


def _result(document: dict[str, Any]) -> None:
    measures, currency = actions.Measures(document), document["currency"]
    label = scenario_label(document["scenario"])
    caption = say("page.result_of", scenario=label, reps=document["replications"], seed=document["seed"])
    if document["staff"]:
        listed = [f"{team} = {people}" for team, people in document["staff"].items()]
        caption += " " + say("page.changed_staff", staff=listed)
    st.caption(showing.plain(caption))
    showing.findings(document["findings"], currency)
    showing.cards(measures, currency)
    first, second, third = st.tabs([say("page.tab_waits"), say("page.tab_occupancy"), say("page.tab_table")])
    with first:
        places = ["*", *measures.places()]
        place = st.selectbox(
            say("page.place"), places, key="what_if_place",
            format_func=lambda one: (
                say("page.everywhere") if one == "*" else words.title(lang(), document["names"].get(one), one)
            ),
        )  # fmt: skip
        showing.chart(waits(lang(), document, place), "waits", say("page.alt_waits"))
    with second:
        drawn = occupancies(lang(), document, most=60)
        showing.chart(drawn, "occupancy", say("page.alt_occupancy"), bars=True, sideways=True)
    with third:
        rows = []
        for name in actions.HEADLINES:
            row = measures.row(name)
            if row is not None:
                shown = speech.quantity(lang(), name, row["value"], currency)
                width = row["half_width"]
                margin = "" if width is None else "± " + speech.quantity(lang(), name, width, currency)
                rows.append(
                    {
                        say("chart.measure"): speech.measure_name(lang(), name),
                        say("cli.column.value"): shown,
                        say("cli.column.half_width"): margin,
                    }
                )
        st.dataframe(rows, hide_index=True, key="what_if_table")
        st.download_button(
            say("page.download_all"), lambda: export.study_csv(lang(), document), "measures.csv", "text/csv",
            on_click="ignore", key="what_if_csv",
        )  # fmt: skip


st.header(say("page.what_if"))
st.caption(say("page.what_if_intro"))
job = running.current(PAGE, "simulate")
if job is not None:
    _restore(job)
request = _inputs()
if st.button(say("page.run"), type="primary", key="what_if_run"):
    running.hand_in(PAGE, request)
    job = running.current(PAGE, "simulate")
running.refused(PAGE)
document = running.outcome(PAGE, job) if job is not None else None
if document is None:
    if job is None:
        st.info(say("page.empty", button=say("page.run")))
else:
    before = running.shown(PAGE)
    if before is not None and jobs.request_of(before) != request:
        st.warning(say("page.stale"))
    _result(document)
