"""The fast engine: `sim.engines.interpreter`, compiled for the groups of rules that a scenario uses.

The interpreter is one source. A group of rules (`sim.tables.types.FLOW`, QUEUES, UNITS) that a scenario does not use is
left out of the build that runs it, so that it costs neither time nor compilation; there are eight builds at most, and
no code that depends on a scenario.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engines import features
from sim.engines.workspace import DUTIES, ENTRIES, ROWS, workspace
from sim.tables.types import Day, Tables, Trace

if TYPE_CHECKING:
    from types import ModuleType

_lock = threading.Lock()
_built: dict[int, ModuleType] = {}


def build(wanted: int) -> ModuleType:
    """Return the interpreter with these groups of rules."""
    with _lock:
        if wanted not in _built:
            name = f"sim.engines.interpreter_{wanted}"
            spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("interpreter.py"))
            if spec is None or spec.loader is None:
                raise ImportError(name)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            features.want(wanted)
            spec.loader.exec_module(module)
            _built[wanted] = module
        return _built[wanted]


def run(tables: Tables, day: Day) -> Trace:
    """Return the trace of one replication; a pure function, the same as `sim.engines.reference.run`."""
    return run_with(tables, day, 0)


def run_with(tables: Tables, day: Day, more: int) -> Trace:
    """Run with groups of rules (`more`) besides those that the scenario uses: the trace is the same, more slowly."""
    compiled: Any = tables.compiled
    wanted = compiled.run.features | more
    if wanted != compiled.run.features:
        compiled = compiled._replace(run=compiled.run._replace(features=wanted))
    engine = build(wanted)
    rows, duties, entries = 8 * day.visit.size + 64, 2 * compiled.change.size + 64, 64
    while True:
        w, x = workspace(compiled, day, rows, duties, entries)
        if wanted:
            built = engine.run(compiled, day, w, x)
        else:
            bare = day._replace(disruption=None, absent=None, override=None)  # type: ignore[arg-type]
            built = engine.run(compiled._replace(world=None), bare, w, None)
        if built != wanted:
            raise RuntimeError(f"the kernel was built for {built}, not {wanted}")
        used, changes, amounts = int(w.clock[ROWS]), int(w.clock[DUTIES]), int(w.clock[ENTRIES])
        if used <= rows and changes <= duties and amounts <= entries:
            return Trace(w.row[:used], w.result, w.duty[:changes], x.entry[:amounts])
        rows, duties, entries = max(rows, used), max(duties, changes), max(entries, amounts)
