"""The kernel and programs in C on the same variates: luck written into arrays, and a kernel that reads them there.

`Given` draws all that a day's visits may need, with the product's own compiled `draw`. `fed_kernel` is
`sim.engines.interpreter`, built once more with three of its names bound to look-ups instead of draws: everything else
is the same code. `Program` is a file of `benchmarks/c`, compiled by the machine's cc.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from sim.draw import compiling, luck
from sim.draw.luck import PURPOSE_CHOICE, PURPOSE_DURATION, PURPOSE_PATIENCE
from sim.engines import features, kernel
from sim.tables.types import ADVANCE, SEIZE, TRANSFER, Day, Tables, Trace

HERE = Path(__file__).resolve().parent
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


@compiling.part
def _given_seconds(laws, points, law, key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return a duration, in ticks already, from the array that stands where the key of the day was."""
    return key0[hash0 + np.uint64(n), name]


@compiling.part
def _given_ticks(ticks, tick):
    """Return what are ticks already."""
    return np.int64(ticks)


@compiling.part
def _given_uniform(key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return u from the second array."""
    return key1[hash0 + np.uint64(n), name]


@compiling.kernel
def _write(law, point, streams, tick, key0, key1, visits, first, steps, purposes, out, chosen):
    """Draw all columns for every visit; `steps` are (name, law) of each column, `first` is each stream's first row."""
    for v in range(visits.size):
        s, n = visits[v].stream, visits[v].n
        who = streams[s]
        row = first[s] + n
        k = 0
        for column in range(purposes.size):
            name, purpose = np.uint64(steps[column, 0]), np.uint64(purposes[column])
            if purpose == PURPOSE_CHOICE:
                chosen[row, k] = luck.uniform(key0, key1, who.hash0, who.hash1, n, 0, name, 0, purpose)
                k += 1
            else:
                time_s = luck.seconds(
                    law, point, steps[column, 1], key0, key1, who.hash0, who.hash1, n, 0, name, 0, purpose
                )
                out[row, column] = luck.to_ticks(time_s, tick)


class Given:
    """All luck of one day: `ticks` (rows, columns) and `chosen` (rows, choices); a row a visit, stream by stream.

    Columns are the durations and patiences in the order of the steps, each (name, purpose) once. No visit may pass a
    name twice, so a pass counter in the tables is refused.
    """

    def __init__(self, tables: Tables, day: Day) -> None:
        c = tables.compiled
        if c.run.n_counters or c.run.features:
            raise ValueError("a visit may pass a block twice, or draw what is no duration: its luck is not a row")
        columns: dict[tuple[int, int], tuple[int, int]] = {}
        choices: dict[tuple[int, int], tuple[int, int]] = {}
        place = np.zeros(c.step.size, np.uint64)
        for number, step in enumerate(c.step):
            name = int(step["name"])
            if step["op"] in (SEIZE, ADVANCE) and step["law"] >= 0:
                purpose = int(PURPOSE_DURATION if step["op"] == ADVANCE else PURPOSE_PATIENCE)
                columns.setdefault((name, purpose), (len(columns), int(step["law"])))
                place[number] = columns[name, purpose][0]
            elif step["op"] == TRANSFER and step["count"] > 1:
                choices.setdefault((name, int(PURPOSE_CHOICE)), (len(choices), -1))
                place[number] = choices[name, int(PURPOSE_CHOICE)][0]
        counts = np.bincount(day.visit["stream"], minlength=c.stream.size)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        keys = [*columns, *choices]
        laws = [law for _, law in [*columns.values(), *choices.values()]]
        self.ticks = np.zeros((day.visit.size, max(len(columns), 1)), np.int32)
        self.chosen = np.zeros((day.visit.size, max(len(choices), 1)))
        wanted = np.array([(name, law) for (name, _), law in zip(keys, laws, strict=True)], np.int64)
        purposes = np.array([purpose for _, purpose in keys], np.int64)
        durations = purposes != int(PURPOSE_CHOICE)
        assert durations[: len(columns)].all()
        _write(
            c.law, c.point, c.stream, c.run.tick, day.key0, day.key1, day.visit, first, wanted, purposes,
            self.ticks, self.chosen,
        )  # fmt: skip
        self.rows = first[day.visit["stream"]] + day.visit["n"]
        """Row of each visit, by its number."""
        step, stream = c.step.copy(), c.stream.copy()
        step["name"], stream["hash0"] = place, first
        self.tables = Tables(
            **{
                **{name: getattr(tables, name) for name in tables.__dataclass_fields__},
                "compiled": c._replace(step=step, stream=stream),
            }
        )
        self.day = day._replace(key0=self.ticks, key1=self.chosen)


def fed_kernel() -> Any:
    """Return `run(tables, day)` of the kernel that reads its luck; take tables and day from `Given`."""
    name = "sim.engines.interpreter_fed"
    kept, compiling._FOLDER = compiling._FOLDER, None  # compiled anew: the cache holds the product's kernels only
    try:
        spec = importlib.util.spec_from_file_location(name, Path(kernel.__file__).with_name("interpreter.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        features.want(0)
        spec.loader.exec_module(module)
    finally:
        compiling._FOLDER = kept
    for draws, look_up in (("seconds", _given_seconds), ("to_ticks", _given_ticks), ("uniform", _given_uniform)):
        if not hasattr(module, draws):
            raise RuntimeError(f"the interpreter draws no longer by {draws!r}: benchmarks/given.py must follow")
        setattr(module, draws, look_up)

    def run(tables: Tables, day: Day) -> Trace:
        kernel.build(0)
        product, kernel._built[0] = kernel._built[0], module
        try:
            return kernel.run(tables, day)
        finally:
            kernel._built[0] = product

    return run


def compiler() -> str | None:
    """Return the machine's C compiler, None when there is none."""
    return shutil.which(os.environ.get("CC", "cc"))


class Program:
    """A file of `benchmarks/c` as a library; its functions take arrays and whole numbers."""

    def __init__(self, name: str, folder: Path, *flags: str) -> None:
        path = folder / f"{name}{len(list(folder.iterdir()))}.so"
        cc = compiler()
        assert cc is not None
        subprocess.run([cc, *FLAGS, *flags, str(HERE / "c" / f"{name}.c"), "-o", str(path)], check=True)
        self._library = ctypes.CDLL(str(path))

    def __call__(self, function: str, *arguments: Any) -> None:
        """Call a function; an array is handed over as its address."""
        plain = [
            ctypes.c_void_p(one.ctypes.data) if isinstance(one, np.ndarray) else ctypes.c_int32(one)
            for one in arguments
        ]
        getattr(self._library, function)(*plain)
