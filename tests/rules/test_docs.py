"""Documents do not drift: short, complete, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rules.tree import ROOT

_SCREEN_LINES = 45
_READMES = [ROOT / "README.md", ROOT / "docs" / "README.zh-CN.md"]
_ADRS = sorted((ROOT / "docs" / "adr").glob("0*.md"))
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)")


@pytest.mark.parametrize("path", _READMES, ids=lambda path: path.name)
def test_a_readme_is_at_most_five_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 5 * _SCREEN_LINES


@pytest.mark.parametrize("path", _READMES, ids=lambda path: path.name)
def test_a_readme_shows_the_two_commands_and_the_picture(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for needed in ("make demo", "make test", "layers.svg", "console.png", "docker compose"):
        assert needed in text


@pytest.mark.parametrize("path", _ADRS, ids=lambda path: path.stem)
def test_a_decision_is_half_a_page_with_its_cost(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert all(part in text for part in ("**Context.**", "**Decision.**", "**Cost.**"))
    assert len(text.splitlines()) <= 60
    assert path.name in (path.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_to_files_that_exist(path: Path) -> None:
    missing = []
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        if not (path.parent / target).resolve().exists():
            missing.append(target)
    assert missing == []


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert named - explained <= {"venv", "venv-dev"}
