"""The house keeps its own rules: what import-linter and ruff cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "scheduler", "scenarios_catalog", "calibration", "store", "ui")
CHINESE = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def front_door() -> list[Path]:
    return sorted(ROOT.glob("app.py"))


def spoken(tree: ast.Module) -> list[ast.Constant]:
    """Return the string literals of a module that are not documentation."""
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
    ]


@pytest.mark.skipif(not front_door(), reason="app.py is not there yet")
def test_the_front_door_holds_no_logic():
    """`app.py` is imports and one assignment, because import-linter cannot watch it."""
    body = ast.parse((ROOT / "app.py").read_text("utf-8")).body
    statements = [node for node in body if not (isinstance(node, ast.Expr) and node is body[0])]
    others = [node for node in statements if not isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [type(node) for node in others] == [ast.Assign]
    assert [ast.unparse(target) for target in others[0].targets] == ["app"]
    thoughts = (
        ast.Lambda,
        ast.IfExp,
        ast.BoolOp,
        ast.NamedExpr,
        ast.ListComp,
        ast.GeneratorExp,
        ast.DictComp,
    )
    assert not [node for node in ast.walk(others[0]) if isinstance(node, thoughts)]


def test_the_lock_names_versions_and_hashes_and_nothing_else():
    """No index, no address, no folder: every line is a version, a hash or who asked for it."""
    requirement = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z0-9,-]+\])?==[0-9][^\s/\\:@]*( ; [^/\\:@]+)? \\")
    hash_ = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    reason = re.compile(r"    # via [A-Za-z0-9._, \[\]-]+( \(pyproject\.toml\))?[A-Za-z0-9._, \[\]-]*")
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    strange = [line for line in lines if not any(form.fullmatch(line) for form in (requirement, hash_, reason))]
    assert strange == []
    assert sum(bool(requirement.fullmatch(line)) for line in lines) > 50


@pytest.mark.parametrize("name", ["pyproject.toml", "Makefile", ".ci/run", "requirements.lock"])
def test_set_up_leaves_the_choice_of_a_package_host_to_the_user(name):
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"https?://\S+|(?<!no-emit-)(?:index-url|find-links)\b|trusted-host|tool\.uv\.index", text)
    assert named == []


def test_nothing_is_pickled():
    """A pickle runs code when it is read; results are Parquet and JSON."""
    banned = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    found = []
    for path in [*python_files(*PACKAGES, "tests", "benchmarks", "docs"), *front_door()]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Attribute) and node.attr in {"read_pickle", "to_pickle"}:
                names = ["pickle"]
            elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                names = ["pickle"] * (not isinstance(node.value, ast.Constant) or node.value.value is not False)
            found += [f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] in banned]
    assert found == []


def test_sentences_live_in_ui_words():
    """Chinese in code is a sentence in the wrong place; names in the catalogue are data, not code."""
    words = ROOT / "ui" / "words"
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value[:30]}"
        for path in [*python_files(*PACKAGES, "benchmarks"), *front_door()]
        if not path.is_relative_to(words)
        for node in spoken(ast.parse(path.read_text("utf-8")))
        if CHINESE.search(node.value)
    ]
    assert found == []


def test_the_wheel_carries_the_data_and_not_the_tests(tmp_path):
    """What lies beside the code (tables, fonts, pages) reaches a user who installs the wheel."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".toml", ".csv", ".otf", ".woff2", ".css", ".md", ".txt", ".svg", ".png", ".html"}
    }
    assert data - names == set()
    assert "ui/charts/fonts/CounterflowSansSC.otf" in names
    assert [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))] == []
