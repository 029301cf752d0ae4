"""What Streamlit runs for every visit: the language, the navigation, the page. Pages are `ui/pages/*.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import words
from ui.words import say

_HERE = Path(__file__).parent
_PAGES = _HERE.parent / "pages"


def _language() -> str:
    """Return the language of the address (``?lang=zh``), else the one of this session, else of the browser."""
    asked = st.query_params.get("lang")
    if asked in words.LANGUAGES:
        return asked
    kept = st.session_state.get("lang")
    if kept:
        return kept
    locale = (st.context.locale or "").lower()
    return words.choose("zh" if locale.startswith("zh") else None)


def _switch() -> None:
    """Take the language that was just chosen into the address."""
    if st.session_state.language_switch:
        st.session_state.lang = st.session_state.language_switch
        st.query_params["lang"] = st.session_state.language_switch


lang = _language()
st.session_state.lang = lang
st.query_params["lang"] = lang

st.set_page_config(page_title=say(lang, "page.title"), page_icon=str(_HERE / "static" / "icon.png"), layout="wide")
pages = [
    st.Page(_PAGES / "what_if.py", title=say(lang, "page.what_if"), url_path="what-if", default=True),
    st.Page(_PAGES / "compare.py", title=say(lang, "page.compare"), url_path="compare"),
]
page = st.navigation(pages)
with st.sidebar:
    st.session_state.language_switch = lang
    st.segmented_control(
        say(lang, "page.language"),
        words.LANGUAGES,
        key="language_switch",
        format_func=lambda one: say(one, "page.own_name"),
        on_change=_switch,
    )
page.run()
