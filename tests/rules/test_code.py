"""House rules that ruff and the import linter cannot see."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.rules.tree import (
    APPS,
    DOORS,
    PACKAGES,
    ROOT,
    called_name,
    imported_modules,
    name_of,
    python_files,
    tree_of,
)

_FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py", "managers.py", "misc.py"}
# The one named way past the tenant wall, and who may take it. A new user is a design question.
_ACROSS_TENANTS_USERS = Path(__file__).with_name("across_tenants_users.txt")


def _furniture(*names: str) -> list[Path]:
    """Files `<app>/<room>/<name>.py`, or what lies in a package of that name."""
    return [
        path
        for path in python_files()
        if path.relative_to(ROOT).parts[0] in APPS
        and {path.stem, *path.relative_to(ROOT).parts[2:-1]} & set(names)
    ]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in python_files() if path.name in _FORBIDDEN_NAMES] == []


def test_doors_hold_no_queries() -> None:
    """View, task and subscriber call one service or selector; managers stay behind those."""
    found = []
    for path in _furniture(*DOORS):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager"}:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_rules_are_pure() -> None:
    """`rules.py` knows no ORM, no request and no clock."""
    found = []
    for path in _furniture("rules"):
        for module in imported_modules(path):
            if module.startswith(("django.db", "django.http", "rest_framework", "celery", "redis")):
                found.append(f"{name_of(path)}: {module}")
    assert found == []


def test_services_do_not_import_tasks() -> None:
    found = [
        f"{name_of(path)}: {module}"
        for path in _furniture("services")
        for module in imported_modules(path)
        if module.endswith(".tasks")
    ]
    assert found == []


def test_no_model_orders_itself() -> None:
    found = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and node.name == "Meta":
                found += [
                    f"{name_of(path)}:{item.lineno}"
                    for item in node.body
                    if isinstance(item, ast.Assign)
                    and any(getattr(target, "id", "") == "ordering" for target in item.targets)
                ]
    assert found == []


def test_the_exit_across_tenants_is_counted() -> None:
    """Each line of the list is a file and how often it calls `across_tenants`."""
    counted: Counter[str] = Counter()
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and called_name(node) == "across_tenants":
                counted[name_of(path)] += 1
    lines = _ACROSS_TENANTS_USERS.read_text(encoding="utf-8").splitlines()
    allowed = dict(line.split() for line in lines if line and not line.startswith("#"))
    assert {name: str(count) for name, count in sorted(counted.items())} == allowed


def test_only_money_knows_decimals() -> None:
    allowed = {"scrm/core/money.py"}
    users = {name_of(path) for path in python_files() if "decimal" in set(imported_modules(path))}
    assert users <= allowed


def test_every_pragma_says_which_rule_it_silences() -> None:
    bare = re.compile(r"#\s*(noqa(?!:)|type:\s*ignore(?!\[)|pragma: no cover)")
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_an_apps_models_module_only_lists_its_rooms(app: str) -> None:
    path = ROOT / app / "models.py"
    if not path.exists():
        return
    kinds = {type(node).__name__ for node in tree_of(path).body}
    assert kinds <= {"Expr", "Import", "ImportFrom", "Assign", "AnnAssign"}


def test_every_package_has_an_init() -> None:
    missing = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if not (path.parent / "__init__.py").exists():
                missing.add(name_of(path.parent))
    assert sorted(missing) == []
