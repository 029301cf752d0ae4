"""What a page knows before it draws: the language, who looks, the store, the catalogue."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

import scenarios_catalog
import store
from ui import actions, words


def lang() -> str:
    """Return the language of this session, which `ui.web.script` has settled."""
    return st.session_state.get("lang") or words.choose()


def say(key: str, **values: object) -> str:
    """Return a sentence in the language of this session."""
    return words.say(lang(), key, **values)


def caller() -> actions.Caller:
    """Return who asks; there is no login yet, so it is whoever can open the page."""
    return actions.Caller("web", os.environ.get("COUNTERFLOW_ROLE") or "admin")


@st.cache_resource
def opened() -> store.Store:
    """Return the store, opened once for all sessions."""
    return store.open_store()


@st.cache_data(max_entries=64)
def scenario(name: str) -> Any:
    """Return what the page needs of a scenario: titles, and its teams with people and places."""
    loaded = scenarios_catalog.load(name)
    people = scenarios_catalog.people(loaded)
    teams = {}
    for team, one in loaded.team.items():
        place = loaded.place.get(one.place) if one.place else None
        teams[team] = {
            "title": None if one.title is None else {"zh": one.title.zh, "en": one.title.en},
            "role": one.role or team,
            "people": people[team],
            "many": place is not None and place.count > 1,
        }
    title = None if loaded.title is None else {"zh": loaded.title.zh, "en": loaded.title.en}
    return {"id": loaded.id, "title": title, "teams": teams}


@st.cache_data(max_entries=8)
def catalogue() -> dict[str, dict[str, Any]]:
    """Return id → entry of the scenarios that can be chosen."""
    return {one["id"]: one for one in actions.entries()["scenarios"]}


@st.cache_data(max_entries=32)
def result(key: str) -> dict[str, Any] | None:
    """Return a kept document; the key is a hash of all that it depends on, so the cache is never stale."""
    return opened().results.get(key)


def scenario_label(name: str) -> str:
    """Return ``S03 Pooled remote service``."""
    one = catalogue().get(name)
    return name if one is None else f"{name}  {words.title(lang(), one['title'])}".rstrip()
