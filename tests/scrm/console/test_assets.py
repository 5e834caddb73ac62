from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "scrm" / "console" / "static" / "console"
VENDOR = STATIC / "vendor"
ENTRIES = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_STYLES = [
    path
    for path in ROOT.glob("*/**/static/**/*.css")
    if "vendor" not in path.parts and "node_modules" not in path.parts
]
OWN_STYLES = [path for path in OWN_STYLES if ".venv" not in path.parts]
ALLOWED_LICENCES = {"MIT", "Apache-2.0", "0BSD"}
# Names of documents, never fetched.
NAMESPACES = re.compile(
    r"http://www\.w3\.org/\d{4}/(svg|xlink|xhtml|XML/1998/namespace)|http://www\.w3\.org/[\w/]+"
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_one_that_was_written_down(entry: dict[str, str]) -> None:
    body = (VENDOR / entry["file"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == entry["sha256"]
    assert entry["licence"] in ALLOWED_LICENCES
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
    assert b"sourceMappingURL" not in body
    assert f"===== {entry['name']} =====" in (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")


def test_every_vendored_file_is_written_down_and_pinned() -> None:
    files = {path.name for path in VENDOR.iterdir()} - {"vendor.json", "LICENSES.txt"}
    assert files == {entry["file"] for entry in ENTRIES}
    package = json.loads((ROOT / "scrm/console/assets/package.json").read_text(encoding="utf-8"))
    wanted = {entry["name"]: entry["version"] for entry in ENTRIES}
    assert wanted == package["dependencies"]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "scrm/console/assets/package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_obeys_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href|action)=["']https?://""", text), "an asset from elsewhere"
    assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), "inline script"
    assert not re.findall(r"<style", text), "inline style sheet"
    assert not re.findall(r"""\son[a-z]+=["']""", text), "inline handler"
    assert not re.findall(r"hx-on|hx-vals=[\"']js:|hx-vars", text), "htmx that needs eval"
    assert not re.findall(r"javascript:", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_colours_of_its_own(path: Path) -> None:
    assert own_looks(path.read_text(encoding="utf-8")) == []


_HEX = re.compile(r"[\"':\s]#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})[\"';\s]")


def own_looks(text: str) -> list[str]:
    """What a template says about looks that belongs into a style sheet."""
    return [*re.findall(r"\sstyle\s*=", text), *_HEX.findall(text)]


def test_a_style_or_a_colour_is_found() -> None:
    """The control."""
    for bad in ('<p style="margin:0">', "<p  style = x>", 'fill="#fff"', "color: #12ab34;"):
        assert own_looks(f"<div>{bad}</div>"), bad
    assert own_looks('<a href="#tab-panel" hx-target="#results">#1 &#39;</a>') == []


@pytest.mark.parametrize("path", OWN_STYLES, ids=lambda path: path.name)
def test_our_style_sheets_fetch_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"https?:|@import|@font-face|url\((?!['\"]?data:)", text)


@pytest.mark.parametrize("path", OWN_STYLES, ids=lambda path: path.name)
def test_our_style_sheets_work_on_the_oldest_browser(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for newer in ("color-mix(", "@container", "@layer", "@scope", "text-wrap", "oklch("):
        assert newer not in text
    assert not re.findall(r"^\s*&", text, re.MULTILINE), "nesting"


def test_vendored_style_sheets_fetch_nothing_from_elsewhere() -> None:
    for path in VENDOR.glob("*.css"):
        text = NAMESPACES.sub("", path.read_text(encoding="utf-8"))
        assert not re.findall(r"url\(['\"]?(?:https?:)?//", text)


def test_our_scripts_use_no_eval_and_no_other_host() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"\beval\(|new Function|innerHTML\s*=|https?://", text)


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    known = set(
        re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text(encoding="utf-8"))
    )
    used: dict[str, str] = {}
    for path in TEMPLATES:
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8")):
            used[name] = path.name
    for app in ("scrm", "members", "points", "communities", "distribution", "analytics"):
        for path in (ROOT / app).rglob("*.py"):
            for name in re.findall(r'\bicon="([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
                used[name] = path.name
    assert {name: place for name, place in used.items() if name not in known} == {}
