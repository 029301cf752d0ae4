"""How kernels are compiled, and where the compiled code is kept.

numba's own cache does not see a change in a helper of another file, so the folder's name is the hash of every
kernel source and of the versions that matter. Where nothing can be written, nothing is kept; `cache_finding` says so.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib.metadata
import os
import platform
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.model import Finding

_KERNEL_SOURCES = (
    "draw/*.py",
    "engines/features.py",
    "engines/interpreter.py",
    "engines/workspace.py",
    "measures/*.py",
    "tables/types.py",
)


def engine_hash() -> str:
    """Return the hash of all kernel sources and of the versions of Python, numba and NumPy."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for pattern in _KERNEL_SOURCES:
        for path in sorted(root.glob(pattern)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    level = os.environ.get("NUMBA_OPT", "1")
    digest.update(repr((sys.version_info[:3], platform.machine(), versions, level)).encode())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """Return a folder that can be written, or None."""
    chosen = os.environ.get("COUNTERFLOW_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "counterflow"
    folder = base / "kernels" / engine_hash()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):
        return None


_FOLDER = _cache_folder()
if _FOLDER is not None:
    os.environ["NUMBA_CACHE_DIR"] = str(_FOLDER)
# LLVM's first level: compiles about 5 % faster than the third and runs within 3 % of it (docs/decisions.md).
os.environ.setdefault("NUMBA_OPT", "1")

import numba  # noqa: E402  (the cache folder must be known first)
from numba.core import (  # noqa: E402
    codegen,
    compiler,
    compiler_machinery,
    registry,
    typed_passes,
    types,
    untyped_passes,
)
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.np import arrayobj  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable


if _FOLDER is not None:
    vars(numba.config)["CACHE_DIR"] = str(_FOLDER)  # where numba was imported before us

_call_types: dict[Any, Any] = {}
_numbas: Any = types.functions.BaseFunction
_find_call_type = _numbas.get_call_type


def _call_type(function: Any, context: Any, arguments: Any, named: Any) -> Any:
    """Return what a call of numba's own functions and operators gives; numba would search it anew at every call.

    A kernel adds and compares the same few types a thousand times; each search tries every overload there is.
    """
    if named:
        return _find_call_type(function, context, arguments, named)
    key = (function, arguments)
    if key not in _call_types:
        _call_types[key] = _find_call_type(function, context, arguments, named)
    return _call_types[key]


_numbas.get_call_type = _call_type


def cache_finding() -> Finding | None:
    """Return a finding when compiled code cannot be kept, so that every start compiles again."""
    return None if _FOLDER is not None else Finding("kernel_cache_off", {})


class _NoEnvironment:
    """A code generator that is not asked to fill in environments: a part has none of its own."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def set_env(self, name: str, env: Any) -> None:
        """Do nothing: the part is no machine code yet."""


class _PartLibrary(codegen.JITCodeLibrary):
    """A part's code: kept in LLVM's own form, optimised and made machine code only within the kernels that call it.

    numba would do both for every part and again for whatever calls it; leaving it to the kernels saves a sixth of
    a cold compile (docs/decisions.md).
    """

    @property
    def codegen(self) -> Any:
        """Return the code generator."""
        return _NoEnvironment(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _KernelLibrary(codegen.JITCodeLibrary):
    """A kernel's code: what it takes in from its parts is its own, so that LLVM may drop arguments nobody reads.

    An array is seven arguments to LLVM, and a part takes many arrays of which it reads few. LLVM goes over it once:
    numba's first round is for the pruning of reference counts, of which there are none.
    """

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == "linkonce_odr":
                function.linkage = "internal"
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


@compiler_machinery.register_pass(mutates_CFG=True, analysis_only=False)
class _KernelLowering(typed_passes.NativeLowering):
    """The pass that writes LLVM's code, into a library of the kind above."""

    _name = "kernel_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function."""
        state.library = _KernelLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


@compiler_machinery.register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(typed_passes.NativeLowering):
    """The pass that writes LLVM's code, into a library of the kind above."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function."""
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return bool(super().run_pass(state))


_NEEDLESS = (
    typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.GenericRewrites,
    untyped_passes.InlineClosureLikes,
    untyped_passes.InlineInlinables,
    untyped_passes.LiteralPropagationSubPipelinePass,
    untyped_passes.LiteralUnroll,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.WithLifting,
)
"""Passes over what no kernel has: closures, comprehensions, array expressions, exceptions, tuples of mixed types."""


_told: list[Callable[[int], None]] = []
_compiled = 0


def on_compile(tell: Callable[[int], None]) -> None:
    """Have `tell` called with the number of functions compiled so far, as each is begun; never when all are kept."""
    _told.append(tell)


class _KernelCompiler(compiler.CompilerBase):
    """numba's own compiler without passes that find nothing here, and with one of the above for its own."""

    lowering: type[Any] = _KernelLowering

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        global _compiled
        _compiled += 1
        for tell in _told:
            tell(_compiled)
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [
            (self.lowering if step is typed_passes.NativeLowering else step, why)
            for step, why in passes.passes
            if step not in _NEEDLESS
        ]
        passes.finalize()
        return [passes]


class _PartCompiler(_KernelCompiler):
    lowering = _PartLowering


_njit: Any = numba.njit  # its own types do not know all of its options
_BARE: dict[str, Any] = {"_nrt": False, "no_cfunc_wrapper": True, "error_model": "numpy"}


def _plain_index(context: Any, builder: Any, kind: Any, index: Any, _size: Any) -> Any:
    """Return an index as it stands: kernels never count from an array's end, and each access would ask whether they do.

    Takes the place of `numba.np.arrayobj.fix_integer_index` while kernels are compiled (docs/decisions.md).
    """
    return context.cast(builder, index, kind, types.intp if kind.signed else types.uintp)


_first_calls = threading.RLock()
"""One at a time: numba locks its compiler, not the typing context, which threads would refresh at once."""


class _Kernel:
    """A compiled entry point. The first call compiles; Python's collector rests meanwhile, which saves a fifth."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._compiled = _njit(cache=_FOLDER is not None, nogil=True, pipeline_class=_KernelCompiler, **_BARE)(function)
        self._called = False
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        if self._called:
            return self._compiled(*args)
        with _first_calls:
            return self._first_call(*args)

    def _first_call(self, *args: Any) -> Any:
        # numba's cache refreshes the target before the typing context has its own rules; then indexing an array tries
        # all other overloads first, which costs more than a second. So the typing context goes first.
        registry.cpu_target.typing_context.refresh()
        collecting = gc.isenabled()
        gc.disable()
        try:
            with global_compiler_lock:
                its_own, arrayobj.fix_integer_index = arrayobj.fix_integer_index, _plain_index
                try:
                    out = self._compiled(*args)
                finally:
                    arrayobj.fix_integer_index = its_own
        finally:
            if collecting:
                gc.enable()
        self._called = True
        return out


def kernel(function: Callable[..., Any]) -> Any:
    """Compile an entry point: no allocation, no reference counts, the interpreter lock released."""
    return _Kernel(function)


def part(function: Callable[..., Any]) -> Any:
    """Compile a part of kernels: inlined where it is called."""
    return _alike(_njit(forceinline=True, no_cpython_wrapper=True, pipeline_class=_PartCompiler, **_BARE)(function))


def seldom(function: Callable[..., Any]) -> Any:
    """Compile a part of kernels that runs rarely: called, not inlined, so that it costs less to compile."""
    return _alike(_njit(no_cpython_wrapper=True, pipeline_class=_PartCompiler, **_BARE)(function))


def _alike(compiled: Any) -> Any:
    """Let a part take every signed integer as 64 bits: else it is compiled for each width, and for each literal."""
    found = getattr(compiled, "get_call_template", None)
    if found is not None:  # there is none where numba is switched off
        compiled.get_call_template = lambda arguments, named: found(tuple(map(_wide, arguments)), named)
    return compiled


def _wide(argument: Any) -> Any:
    plain: Any = types.unliteral(argument)
    return types.int64 if plain in types.signed_domain else plain
