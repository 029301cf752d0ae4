"""A job being done: handing it in, its progress bar, its end. Nothing is computed in the script of a page."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import streamlit as st

import sim
from ui import jobs, words
from ui.pages.parts.session import caller, lang, opened, result, say

if TYPE_CHECKING:
    from store import Job

_LOOK_S = 0.5
_PATIENCE_S = 10.0
"""After this long without a worker the page says so."""


def hand_in(page: str, request: Any) -> None:
    """Hand in `request` and remember its job for this page and in the address."""
    try:
        name = jobs.offer(opened(), caller(), request)
    except sim.InputError as error:
        st.session_state[f"{page}_refused"] = words.faults(lang(), error)
        return
    st.session_state.pop(f"{page}_refused", None)
    st.session_state[f"{page}_job"] = name
    st.session_state[f"{page}_since"] = time.monotonic()
    st.query_params["run"] = name


def current(page: str, kind: str) -> Job | None:
    """Return the job of this page: of this session, else the one that the address names."""
    name = st.session_state.get(f"{page}_job")
    asked = st.query_params.get("run")
    if name is None and asked:
        job = opened().jobs.get(asked)
        if job is None or job.kind != kind:
            st.info(say("page.unknown_run"))
            del st.query_params["run"]
            return None
        st.session_state[f"{page}_job"] = asked
        return job
    if name is None:
        return None
    if asked != name:
        st.query_params["run"] = name
    return opened().jobs.get(name)


def refused(page: str) -> None:
    """Show why the last request was not taken."""
    for sentence in st.session_state.get(f"{page}_refused", ()):
        st.error(sentence)


def outcome(page: str, job: Job) -> dict[str, Any] | None:
    """Show how far the job is, or why it failed; return its document when it is done."""
    if job.active:
        _bar(page, job.id)
        return _last(page)
    if job.state == "cancelled":
        st.info(say("page.cancelled"))
        return _last(page)
    if job.state == "failed":
        st.error("\n\n".join([say("page.failed"), *(_sentence(one) for one in job.faults)]))
        return _last(page)
    document = result(job.result) if job.result else None
    if document is None:
        st.info(say("page.unknown_run"))
    else:
        st.session_state[f"{page}_shown"] = job.id
    return document


def shown(page: str) -> Job | None:
    """Return the job whose result stands on the page."""
    name = st.session_state.get(f"{page}_shown")
    return opened().jobs.get(name) if name else None


def _last(page: str) -> dict[str, Any] | None:
    """Return the result that stood on the page before, so that it stays while a new one is computed."""
    job = shown(page)
    return result(job.result) if job is not None and job.result else None


@st.fragment(run_every=_LOOK_S)
def _bar(page: str, name: str) -> None:
    job = opened().jobs.get(name)
    if job is None or not job.active:
        st.rerun()
    text, share = _progress(page, job)
    left, right = st.columns([6, 1], vertical_alignment="bottom")
    left.progress(share, text=text)
    if right.button(say("page.cancel"), key=f"{page}_cancel", width="stretch"):
        opened().jobs.cancel(name)
        st.rerun()
    waited = time.monotonic() - st.session_state.get(f"{page}_since", time.monotonic())
    if job.state == "waiting" and waited > _PATIENCE_S and not opened().jobs.ahead(name):
        st.warning(say("page.no_worker"))


def _progress(page: str, job: Job) -> tuple[str, float]:
    if job.state == "waiting":
        ahead = opened().jobs.ahead(job.id)
        return (say("page.waiting_behind", n=ahead) if ahead else say("page.waiting_first")), 0.0
    if job.total <= 0:
        return say("page.starting"), 0.0
    return say("page.running", done=job.done, total=job.total), min(1.0, job.done / job.total)


def _sentence(fault: Any) -> str:
    return words.fault(lang(), SimpleNamespace(**fault))
