"""Files and functions stay small. `size_exceptions.txt` may only get shorter."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.rules.tree import ROOT, name_of, python_files, tree_of

_FILE_LINES = 400
_FUNCTION_LINES = 50
_EXCEPTIONS = Path(__file__).with_name("size_exceptions.txt")


def _too_large() -> set[str]:
    found = set()
    for path in [*python_files(), *(ROOT / "tests").rglob("*.py")]:
        if len(path.read_text(encoding="utf-8").splitlines()) > _FILE_LINES:
            found.add(name_of(path))
        if (ROOT / "tests") in path.parents:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > _FUNCTION_LINES:
                    found.add(f"{name_of(path)}::{node.name}")
    return found


def _excepted() -> set[str]:
    lines = _EXCEPTIONS.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def test_nothing_new_grows_too_large() -> None:
    assert sorted(_too_large() - _excepted()) == []


def test_the_list_of_exceptions_shrinks() -> None:
    healed = sorted(_excepted() - _too_large())
    assert healed == [], "these are small enough now: take them off tests/rules/size_exceptions.txt"
