"""Compare two scenarios: the same customers go through both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import actions, jobs
from ui.charts import differences, waits_compared
from ui.pages.parts import running, showing
from ui.pages.parts.session import catalogue, lang, say, scenario_label
from ui.words import speech

if TYPE_CHECKING:
    from store import Job

PAGE = "compare"
FIRST, SECOND = "S02", "S03"


def _restore(job: Job) -> None:
    """Put the inputs of the run that the address names into the widgets, once a session."""
    if st.session_state.get("compare_restored") or job.kind != "compare":
        return
    st.session_state.compare_restored = True
    request = jobs.request_of(job)
    if len(request.scenarios) == 2 and set(request.scenarios) <= set(catalogue()):
        st.session_state.setdefault("compare_first", request.scenarios[0])
        st.session_state.setdefault("compare_second", request.scenarios[1])
        st.session_state.setdefault("compare_reps", request.reps)
        st.session_state.setdefault("compare_seed", request.seed)


def _inputs() -> actions.CompareRequest:
    names = list(catalogue())
    with st.container(border=True):
        columns = st.columns([3, 3, 1, 1])
        chosen = []
        for column, side, wanted in zip(columns, ("first", "second"), (FIRST, SECOND), strict=False):
            index = names.index(wanted) if wanted in names else 0
            chosen.append(
                column.selectbox(
                    say(f"page.scenario.{side}"), names, index=index, format_func=scenario_label,
                    key=f"compare_{side}", persist_state="session",
                )
            )  # fmt: skip
        reps = columns[2].number_input(
            say("page.reps"), 2, 2000, 30, 10, key="compare_reps", help=say("page.reps_help"),
            persist_state="session",
        )  # fmt: skip
        seed = columns[3].number_input(
            say("page.seed"), 0, 2**31 - 1, 1, key="compare_seed", help=say("page.seed_help"),
            persist_state="session",
        )  # fmt: skip
    return actions.CompareRequest(tuple(chosen), int(reps), int(seed))


def _result(document: dict[str, Any]) -> None:
    first, second = (one["id"] for one in document["scenarios"])
    currency = document["studies"][0]["currency"]
    caption = say("page.compared", first=first, second=second, reps=document["replications"], seed=document["seed"])
    st.caption(showing.plain(caption))
    showing.findings(document["findings"], currency)
    left, right = st.tabs([say("page.tab_waits"), say("page.tab_differences")])
    with left:
        showing.chart(differences(lang(), document), "differences", say("page.alt_differences"), bars=True)
        showing.chart(waits_compared(lang(), document), "waits_compared", say("page.alt_waits"))
    with right:
        rows = []
        for name in actions.HEADLINES:
            for row in document["comparisons"]:
                if row["measure"] == name and row["difference"] is not None:
                    rows.append(_difference(name, row, currency))
        st.dataframe(rows, hide_index=True, key="compare_table")


def _difference(name: str, row: dict[str, Any], currency: str) -> dict[str, str]:
    def quantity(value: float | None) -> str:
        return speech.quantity(lang(), name, value, currency)

    sign = "+" if row["difference"] > 0 else ""
    width = row["half_width"]
    return {
        say("chart.measure"): speech.measure_name(lang(), name),
        row["pair"][0]: quantity(row["a"]),
        row["pair"][1]: quantity(row["b"]),
        say("cli.column.difference"): sign + speech.change(lang(), name, row["difference"], currency),
        say("cli.column.half_width"): "" if width is None else "± " + speech.change(lang(), name, width, currency),
        say("cli.column.verdict"): say(f"cli.verdict.{row['verdict']}"),
    }


st.header(say("page.compare"))
st.caption(say("page.compare_intro"))
job = running.current(PAGE, "compare")
if job is not None:
    _restore(job)
request = _inputs()
same = request.scenarios[0] == request.scenarios[1]
if st.button(say("page.run_compare"), type="primary", key="compare_run", disabled=same):
    running.hand_in(PAGE, request)
    job = running.current(PAGE, "compare")
if same:
    st.info(say("page.same_twice"))
running.refused(PAGE)
document = running.outcome(PAGE, job) if job is not None else None
if document is None:
    if job is None:
        st.info(say("page.empty", button=say("page.run_compare")))
else:
    before = running.shown(PAGE)
    if before is not None and jobs.request_of(before) != request:
        st.warning(say("page.stale"))
    _result(document)
