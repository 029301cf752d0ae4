"""What is wrong with an input, and what was found in a result: codes and values, never sentences.

`ui.words` turns both into Chinese or English, so every code that is raised here or below has a sentence there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field of one file.

    Attributes
    ----------
    code : str
        Key of the sentence in `ui.words` (``fault.<code>``).
    file : str
        File as the user named it; ``""`` when the input did not come from a file.
    field : str
        Path of the field, as ``team.remote-a.cost_per_hour`` or ``row 5, count``.
    value : object
        What stands there; ``None`` when nothing does.
    expected : Mapping[str, object]
        What would be right, as values for the sentence of `code`.
    """

    code: str
    file: str = ""
    field: str = ""
    value: object = None
    expected: Mapping[str, object] = dataclasses.field(default_factory=dict)


class InputError(ValueError):
    """Input that cannot be used; carries every fault that was found, at least one."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        if not self.faults:
            raise ValueError("an InputError needs at least one fault")
        super().__init__("; ".join(f"{f.file}: {f.field}: {f.code} ({f.value!r})" for f in self.faults))

    @classmethod
    def one(cls, code: str, *, file: str = "", field: str = "", value: object = None, **expected: object) -> InputError:
        """Return an error with a single fault; keyword arguments are what would be right."""
        return cls([Fault(code, file, field, value, expected)])


@dataclass(frozen=True)
class Finding:
    """Something a result says, as a code and the values of its sentence (``finding.<code>`` in `ui.words`)."""

    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
