"""XES event logs (IEEE 1849), streamed: a row for each activity that somebody did in a trace.

Of each activity the row holds its attributes, those of the trace as ``case:name``, and the moments of its
lifecycle: ``time:schedule`` (schedule, assign, enqueue), ``time:start``, ``time:complete``. An event log that
only has ends gives ``time:complete`` alone. ``time:enabled`` is when the activity could begin: its own
schedule, else the end of the activity before it in the trace.
"""

from __future__ import annotations

from collections import deque
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

import sim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHUNK = 1 << 20
_TYPES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_SCHEDULE = frozenset({"schedule", "assign", "enqueue", "reassign"})
_START = frozenset({"start", "resume"})
_END = frozenset({"complete", "ate_abort", "pi_abort", "withdraw", "manualskip", "autoskip"})


def xes_rows(stream: IO[bytes], file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield (line in the file, fields) for each activity of each trace.

    Raises
    ------
    InputError
        ``log_unreadable`` at the line where the file stops being XML, or declares a document type: no entity is
        ever expanded, nothing outside the file is read.
    """
    traces = _Traces(file)
    try:
        while chunk := stream.read(_CHUNK):
            traces.parser.Parse(chunk, False)
            while traces.ready:
                yield traces.ready.popleft()
        traces.parser.Parse(b"", True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise sim.InputError.one(
            "log_unreadable", file=file, field=f"line {error.lineno}", value=f"XES: {said}"
        ) from None
    while traces.ready:
        yield traces.ready.popleft()


class _Traces:
    """Collects the events of a trace, and makes rows of them when it ends."""

    def __init__(self, file: str) -> None:
        self.ready: deque[tuple[int, Mapping[str, str]]] = deque()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._starts
        self.parser.EndElementHandler = self._ends
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._file = file
        self._inner = 0
        self._trace: dict[str, str] | None = None
        self._event: dict[str, str] | None = None
        self._line = 0
        self._events: list[tuple[int, dict[str, str]]] = []

    def _doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise sim.InputError.one("log_unreadable", file=self._file, field=f"line {line}", value="XES: DOCTYPE")

    def _starts(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "trace":
            self._trace, self._events = {}, []
        elif name == "event" and self._trace is not None:
            self._event, self._line, self._inner = {}, self.parser.CurrentLineNumber, 0
        elif name in _TYPES:
            # Attributes of attributes say something about them, not about the event.
            holder = self._event if self._event is not None else self._trace
            if self._inner == 0 and holder is not None and "key" in attributes:
                holder[attributes["key"]] = attributes.get("value", "")
            self._inner += 1

    def _ends(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in _TYPES:
            self._inner = max(self._inner - 1, 0)
        elif name == "event" and self._event is not None:
            self._events.append((self._line, self._event))
            self._event = None
        elif name == "trace" and self._trace is not None:
            self.ready.extend(_activities(self._trace, self._events))
            self._trace = None


def _activities(
    trace: Mapping[str, str], events: list[tuple[int, dict[str, str]]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield a row for each activity: events of one name from schedule over start to end, first begun first ended."""
    whole = {f"case:{name}": value for name, value in trace.items()}
    open_: dict[tuple[str, str], deque[tuple[int, dict[str, str]]]] = {}
    done: list[tuple[int, dict[str, str]]] = []
    for line, event in events:
        step = event.get("lifecycle:transition", "complete").casefold()
        at = event.get("time:timestamp", "")
        key = (event.get("concept:name", ""), event.get("concept:instance", ""))
        waiting = open_.setdefault(key, deque())
        if step in _SCHEDULE or step in _START:
            moment = "time:schedule" if step in _SCHEDULE else "time:start"
            row = next((row for _, row in waiting if moment not in row and "time:start" not in row), None)
            if row is None:
                row = {}
                waiting.append((line, row))
                done.append((line, row))
            row.update(event)
            row[moment] = at
        elif step in _END:
            if waiting:
                waiting.popleft()[1].update(event, **{"time:complete": at})
            else:
                done.append((line, {**event, "time:complete": at}))
    before = ""
    for line, row in done:
        row["time:enabled"] = (
            row.get("time:schedule") or before or row.get("time:start") or row.get("time:complete", "")
        )
        before = row.get("time:complete") or before
        yield line, {**whole, **row}
