"""Every edge case of the specification that is built has a test that bears its number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import ROOT

# Tiers and membership, identity and merge.
WANTED = {f"EC-{number}" for number in range(31, 54)}
_NAMED = re.compile(r"(?<![a-z0-9])ec[_-](\d{2,3})(?!\d)", re.IGNORECASE)


def numbers_of(text: str) -> Iterator[str]:
    """Edge cases that the name or the words of a test bear."""
    for found in _NAMED.findall(text):
        yield f"EC-{int(found):02d}"


def naming_tests(source: str) -> dict[str, list[str]]:
    """Number → tests of that file that are run and bear it."""
    found: dict[str, list[str]] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        if any(
            "skip" in ast.unparse(mark) or "xfail" in ast.unparse(mark)
            for mark in node.decorator_list
        ):
            continue
        for number in set(numbers_of(f"{node.name} {ast.get_docstring(node) or ''}")):
            found.setdefault(number, []).append(node.name)
    return found


def named_in(files: list[Path]) -> dict[str, list[str]]:
    """The same of many files."""
    found: dict[str, list[str]] = {}
    for path in files:
        for number, names in naming_tests(path.read_text(encoding="utf-8")).items():
            found.setdefault(number, []).extend(f"{path.name}::{name}" for name in names)
    return found


def test_every_edge_case_of_tiers_and_identity_is_named_by_a_test() -> None:
    found = named_in(sorted((ROOT / "tests").rglob("test_*.py")))
    assert not WANTED - found.keys()


def test_the_search_sees_a_missing_number_a_skipped_test_and_a_number_within_another() -> None:
    source = (
        "def test_ec_31_growth(): ...\n"
        "def test_by_words():\n    '''Worked out as EC-32 says.'''\n"
        "@pytest.mark.skip\ndef test_ec_33_sleeps(): ...\n"
        "def test_spec_34_is_no_edge_case(): ...\n"
        "def helper_ec_35(): ...\n"
        "def test_ec_361_is_another(): ...\n"
    )
    found = naming_tests(source.replace("\\\n", "\n"))
    assert {number: len(names) for number, names in found.items()} == {
        "EC-31": 1,
        "EC-32": 1,
        "EC-361": 1,
    }
