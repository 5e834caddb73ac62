"""The repository as the rules see it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("members", "points", "communities", "distribution", "analytics")
PACKAGES = ("scrm", *APPS)
DOORS = ("pages", "api", "tasks", "subscribers")


@cache
def python_files() -> tuple[Path, ...]:
    """Our Python without migrations and tests."""
    found: list[Path] = []
    for package in (*PACKAGES, "demo", "tools"):
        found += (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)
    return tuple(sorted(found))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git keeps; outside a clone, every file that looks like ours."""
    said = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        return python_files()
    return tuple(
        ROOT / name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def called_name(node: ast.Call) -> str:
    """`a.b.c(...)` gives `c`, `c(...)` gives `c`."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
