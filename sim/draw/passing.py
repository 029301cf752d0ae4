"""How a compiled part takes many arrays: a pointer to the tuple that holds them, instead of seven words an array.

numba hands a tuple of arrays to a function array by array. Where parts are called and not inlined that is hundreds of
arguments a call, which costs more than most parts do, in time and in compiling. `by_reference` puts the tuple on the
stack of the kernel once; a part reads from there what it touches. The tuple never changes, and LLVM is told so.
"""

from __future__ import annotations

import hashlib
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.extending import intrinsic
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr


class Reference(types.Type):
    """The type of a pointer to a named tuple."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__("Reference" + hashlib.sha256(of.name.encode()).hexdigest()[:12])

    @property
    def key(self) -> Any:
        """Return what tells it from others."""
        return self.of


@register_default(Reference)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Reference) -> None:
        super().__init__(manager, kind, manager.lookup(kind.of).get_value_type().as_pointer())


@infer_getattr
class _Attributes(AttributeTemplate):
    key = Reference

    def generic_resolve(self, reference: Any, name: str) -> Any:  # type: ignore[override]
        """Return the type of a field; a tuple in the tuple is a reference again."""
        if name not in reference.of.fields:
            return None
        member = reference.of.types[reference.of.fields.index(name)]
        return Reference(member) if isinstance(member, types.BaseNamedTuple) else member


@lower_getattr_generic(Reference)
def _field(context: Any, builder: Any, reference: Reference, pointer: Any, name: str) -> Any:
    index = reference.of.fields.index(name)
    member = reference.of.types[index]
    place = cgutils.gep_inbounds(builder, pointer, 0, index)
    if isinstance(member, types.BaseNamedTuple):
        return place
    value = builder.load(place)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return impl_ret_borrowed(context, builder, member, value)


@intrinsic
def by_reference(_typing: Any, value: Any) -> Any:
    """Return a reference to a named tuple, for the time of the call in which it is made."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return Reference(value)(value), generate
