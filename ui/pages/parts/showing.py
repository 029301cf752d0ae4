"""Results on a page: findings first, then numbers with their intervals, then charts with their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.charts import web
from ui.exports import measures as export
from ui.pages.parts.session import lang, say
from ui.words import speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.actions import Measures
    from ui.charts.tables import Chart

CARDS = ("wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_p95_s", "service_level", "abandoned_share")


def plain(text: str) -> str:
    """Return text with nothing in it that Streamlit would take for markup."""
    return "".join("\\" + char if char in r"\`*_{}[]()#+-.!$~|<>:" else char for char in text)


def findings(found: Sequence[Mapping[str, Any]], currency: str = "") -> None:
    """Show findings as sentences."""
    with st.container(border=True):
        lines = ["- " + plain(speech.sentence(lang(), one, currency)) for one in found]
        st.markdown("\n".join([f"**{say('page.findings')}**", "", *lines]))


def cards(measures: Measures, currency: str) -> None:
    """Show the headline measures, each with its 95 % half-width."""
    shown = [(name, measures.row(name)) for name in CARDS]
    columns = st.columns(len(shown))
    for column, (name, row) in zip(columns, shown, strict=True):
        with column.container(border=True, height="stretch"):
            label = speech.measure_name(lang(), name)
            st.caption(label[:1].upper() + label[1:])
            value = row["value"] if row else None
            st.markdown(f"**{plain(speech.quantity(lang(), name, value, currency))}**")
            width = row["half_width"] if row else None
            if width is not None:
                st.caption(say("page.margin", half_width=speech.quantity(lang(), name, width, currency)))
            elif value is not None:
                st.caption(say("page.no_margin"))


def chart(drawn: Chart, key: str, alt: str, *, bars: bool = False, sideways: bool = False) -> None:
    """Show a chart, its finding above it, its table and the table's file below it."""
    st.markdown(f"**{plain(drawn.title)}**")
    if drawn.finding:
        st.caption(plain(drawn.finding))
    if bars:
        st.vega_lite_chart(web.vega(lang(), drawn, sideways=sideways), key=key, alt=alt)
    else:
        st.echarts_chart(web.option(lang(), drawn), key=key, height=340, renderer="svg", alt=alt)
    header, rows = drawn.table()
    with st.expander(say("page.table")):
        shown = [dict(zip(header, (_cell(drawn, cell) for cell in row), strict=True)) for row in rows]
        st.dataframe(shown, hide_index=True, height=280, key=f"{key}_table")
        st.download_button(
            say("page.download_table"), lambda: export.table_csv(header, rows), f"{key}.csv", "text/csv",
            on_click="ignore", key=f"{key}_csv",
        )  # fmt: skip


def _cell(drawn: Chart, cell: str | float | None) -> str | float | None:
    return round(cell, 4) if isinstance(cell, float) else cell
