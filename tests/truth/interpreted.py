"""The interpreter as plain Python, every index looked at: `python interpreted.py FOLDER` with tables and days in it.

Prints one line for each place in the source at which an index was negative or beyond the end of its array. Compiled
kernels do not ask (`sim.draw.compiling`), and would read whatever stands there.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

if __name__ == "__main__":
    os.environ["NUMBA_DISABLE_JIT"] = "1"

import numba.cpython.unsafe.numbers as bits
import numpy as np

from sim.draw import compiling, passing


class Array:
    """An array that notes who looks beside it."""

    beside: ClassVar[set[str]] = set()

    def __init__(self, array: Any) -> None:
        self.array = array.view(np.recarray) if array.dtype.names else array

    def _look(self, index: Any) -> None:
        for one, size in zip(index if isinstance(index, tuple) else (index,), self.array.shape, strict=False):
            if not isinstance(one, slice) and not 0 <= one < size:
                frame = sys._getframe(2)
                self.beside.add(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")

    def __getitem__(self, index: Any) -> Any:
        self._look(index)
        out = self.array[index]
        return Array(out) if isinstance(out, np.ndarray) and out.ndim else out

    def __setitem__(self, index: Any, value: Any) -> None:
        self._look(index)
        self.array[index] = value

    def __getattr__(self, name: str) -> Any:
        return getattr(self.array, name)


def looked_at(value: Any) -> Any:
    """Return a named tuple with its arrays looked at."""
    if hasattr(value, "_fields"):
        return value._replace(**{name: looked_at(getattr(value, name)) for name in value._fields})
    return Array(value) if isinstance(value, np.ndarray) else value


def keep(cases: list[tuple[Any, ...]], folder: Path) -> None:
    """Write tuples of named tuples of arrays: their shape as JSON, the arrays beside it."""
    arrays: dict[str, Any] = {}

    def form(value: Any) -> Any:
        if not isinstance(value, tuple):
            arrays[str(len(arrays))] = np.asarray(value)
            return str(len(arrays) - 1)
        named = [type(value).__module__, type(value).__qualname__] if hasattr(value, "_fields") else []
        return {"named": named, "values": [form(one) for one in value]}

    forms = [form(case) for case in cases]
    np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
    (folder / "forms.json").write_text(json.dumps(forms), "utf-8")


def kept(folder: Path) -> list[tuple[Any, ...]]:
    """Return what `keep` wrote."""
    arrays = np.load(folder / "arrays.npz", allow_pickle=False)

    def value(form: Any) -> Any:
        if isinstance(form, str):
            array = arrays[form]
            return array if array.ndim else array[()]
        values = [value(one) for one in form["values"]]
        if not form["named"]:
            return tuple(values)
        module, name = form["named"]
        return getattr(importlib.import_module(module), name)(*values)

    return [value(form) for form in json.loads((folder / "forms.json").read_text("utf-8"))]


def main() -> None:
    """Run every (compiled tables, day) of the folder."""
    np.seterr(all="ignore")
    bits.trailing_zeros = lambda word: (int(word) & -int(word)).bit_length() - 1
    passing.by_reference = lambda value: value
    compiling._Kernel.__call__ = lambda self, *arguments: self._compiled(*arguments)  # type: ignore[method-assign]
    from sim.engines import kernel
    from sim.engines.workspace import workspace

    for compiled, day in kept(Path(sys.argv[1])):
        work, beyond = workspace(compiled, day, 60 * day.visit.size + 1000, 10_000, 10_000)
        engine = kernel.build(compiled.run.features)
        engine.run(looked_at(compiled), looked_at(day), looked_at(work), looked_at(beyond))
    print("\n".join(sorted(Array.beside)))


if __name__ == "__main__":
    main()
