"""No tracked file names a package registry or a path of somebody's machine; lock files are hashed."""

from __future__ import annotations

import re

import pytest

from tests.rules.tree import ROOT, name_of, tracked_files

# Each with one letter in brackets, so that this file does not find itself.
_REGISTRIES = re.compile(
    r"[p]ypi\.org|python[h]osted\.org|registry\.[n]pmjs|deb\.[d]ebian\.org"
    r'|--(extra-)?[i]ndex-url|"[r]esolved": *"http|--find-[l]inks|/opt/[p]ypi'
)
_MACHINE = re.compile(r"(?<![\w.$}])/([w]ork|[r]oot|[h]ome)/[a-z]")
_TEXT = {
    ".py",
    ".toml",
    ".txt",
    ".in",
    ".md",
    ".yml",
    ".yaml",
    ".html",
    ".js",
    ".css",
    ".sh",
    ".sql",
    ".json",
    "",
}
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_no_registry_and_no_machine_is_named() -> None:
    found = []
    for path in tracked_files():
        if path.suffix not in _TEXT or "vendor" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if _REGISTRIES.search(line) or _MACHINE.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_hashes(lock: object) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = re.findall(r"^([a-zA-Z0-9_.\[\]-]+)==", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-zA-Z0-9_.\[\]-]+==)", text, flags=re.MULTILINE)[1:]
    assert packages
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_smaller_locks_agree_with_larger_ones() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-zA-Z0-9_.\[\]-]+)==(\S+)", text, re.MULTILINE))

    base, demo, dev = pins("base.txt"), pins("demo.txt"), pins("dev.txt")
    assert {name: demo.get(name) for name in base} == base
    assert {name: dev.get(name) for name in demo} == demo


def test_nothing_large_or_secret_is_tracked() -> None:
    names = {name_of(path) for path in tracked_files()}
    assert not {name for name in names if name == ".env" or name.endswith((".pem", ".key"))}
    large = [name_of(path) for path in tracked_files() if path.stat().st_size > 8 * 1024 * 1024]
    assert large == []
