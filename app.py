"""The front door: the pages of `ui`, with the headers of `ui.web.headers` on every answer."""

import streamlit as st

from ui.web import headers, trouble

app = st.App(headers.SCRIPT, middleware=headers.MIDDLEWARE, on_script_error=trouble.show)
