"""What a page shows when it fails: words, never a traceback; the server's log has the rest."""

from __future__ import annotations

import logging

import streamlit as st

from ui import words

_LOG = logging.getLogger("counterflow")


def show(error: Exception) -> bool:
    """Show `error` in words of our own; True keeps Streamlit from showing its own."""
    lang = st.session_state.get("lang") or words.choose()
    if hasattr(error, "faults"):
        for sentence in words.faults(lang, error):
            st.error(sentence)
        return True
    _LOG.error("a page failed", exc_info=error)
    st.error(words.say(lang, "page.broken"))
    return True
