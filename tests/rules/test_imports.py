"""The import contracts hold, and the linter would notice if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.tree import PACKAGES, ROOT, imported_modules, name_of, python_files

_LINT = str(Path(sys.executable).with_name("lint-imports"))


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_LINT, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: {
                name for name in names if Path(folder, name).is_file() and not name.endswith(".py")
            },
        )
    return tmp_path


def test_the_contracts_hold() -> None:
    said = _lint(ROOT)
    assert said.returncode == 0, said.stdout[-3000:]


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("scrm/core/planted.py", "import members.apps", "Imports point down"),
        ("scrm/ledger/planted.py", "import scrm.wecom.planted", "Imports point down"),
        ("points/planted.py", "import communities.apps", "Imports point down"),
        ("members/planted/selectors.py", "from members.planted import services", "Inside a room"),
        ("members/planted/rules.py", "from members.planted import models", "Inside a room"),
        ("scrm/embedded/planted.py", "import scrm.core.money", "The embedded servers"),
        ("scrm/core/planted.py", "import scrm.embedded.ports", "does not know how its servers"),
    ],
)
def test_a_planted_violation_is_seen(copy: Path, place: str, line: str, contract: str) -> None:
    (copy / "scrm/wecom/planted.py").write_text("", encoding="utf-8")
    room = copy / "members" / "planted"
    room.mkdir()
    for name in ("__init__", "services", "selectors", "models", "rules"):
        (room / f"{name}.py").write_text("", encoding="utf-8")
    (copy / place).write_text(f"{line}\n", encoding="utf-8")
    said = _lint(copy)
    assert said.returncode == 1, said.stdout[-2000:]
    broken = [text for text in said.stdout.splitlines() if " BROKEN" in text]
    assert any(contract in text for text in broken), said.stdout[-2000:]


def test_one_module_imports_wechatpy() -> None:
    users = [
        name_of(path)
        for path in python_files()
        if any(name.split(".")[0] == "wechatpy" for name in imported_modules(path))
    ]
    assert len(users) <= 1, users
