"""Collect the texts of templates and code into locale/en, and compile it. Needs no GNU gettext.

The Chinese texts are the message ids. `python -m tools.messages` updates the catalogue and prints what lacks English;
`--check` changes nothing and fails when the catalogue is not complete.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
APPS = ("scrm", "members", "points", "communities", "distribution", "analytics", "demo")
_SIMPLE = {"_", "_plain", "gettext", "gettext_lazy", "gettext_noop"}
_CONTEXT = {"pgettext", "pgettext_lazy"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_LITERAL = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_IN_TEMPLATE = re.compile(
    rf"\b(?P<name>_|gettext|pgettext|ngettext)\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?"
)


@dataclass(frozen=True, kw_only=True, order=True)
class Text:
    """One text to translate."""

    msgid: str
    plural: str = ""
    context: str = ""


def texts_of_template(source: str) -> Iterator[Text]:
    """Texts of one template, seen as Django's own extraction sees it."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - needs settings

    for match in _IN_TEMPLATE.finditer(templatize(source)):
        first = ast.literal_eval(match.group(2))
        second = ast.literal_eval(match.group(3)) if match.group(3) else ""
        yield _text(match.group("name"), first, second)


def texts_of_code(source: str) -> Iterator[Text]:
    """Texts of one Python file: literal arguments of the gettext family."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _SIMPLE | _CONTEXT | _PLURAL:
            continue
        words = [
            arg.value
            for arg in node.args
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if words:
            yield _text(name, words[0], words[1] if len(words) > 1 else "")


def _text(name: str, first: str, second: str) -> Text:
    if name in _CONTEXT:
        return Text(msgid=second, context=first)
    if name in _PLURAL:
        return Text(msgid=first, plural=second)
    return Text(msgid=first)


def all_texts() -> dict[Text, list[str]]:
    """Every text with the files that use it."""
    found: dict[Text, list[str]] = {}
    for path in sorted(_files()):
        source = path.read_text(encoding="utf-8")
        texts = texts_of_code(source) if path.suffix == ".py" else texts_of_template(source)
        for text in texts:
            if text.msgid:
                found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    return found


def _files() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
        yield from (ROOT / app).rglob("templates/**/*.html")
    yield from (ROOT / "templates").rglob("*.html")


def catalogue() -> polib.POFile:
    """The English catalogue as committed, or an empty one."""
    if CATALOGUE.exists():
        return polib.pofile(str(CATALOGUE), wrapwidth=110)
    fresh = polib.POFile(wrapwidth=110)
    fresh.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return fresh


def merge(po: polib.POFile, texts: dict[Text, list[str]]) -> None:
    """Add new texts, drop those nobody uses, keep every translation."""
    known = {
        Text(msgid=entry.msgid, plural=entry.msgid_plural or "", context=entry.msgctxt or ""): entry
        for entry in po
    }
    po.clear()
    for text in sorted(texts):
        entry = known.get(text) or polib.POEntry(
            msgid=text.msgid,
            msgid_plural=text.plural,
            msgctxt=text.context or None,
            msgstr_plural={0: "", 1: ""} if text.plural else {},
        )
        entry.occurrences = [(place, "") for place in sorted(set(texts[text]))]
        entry.obsolete = False
        po.append(entry)


def untranslated(po: polib.POFile) -> list[str]:
    """Texts without English."""
    return [entry.msgid for entry in po if not entry.translated()]


def main() -> int:
    """Update or check the catalogue."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    po, texts = catalogue(), all_texts()
    had = {(entry.msgid, entry.msgid_plural, entry.msgctxt or "") for entry in po}
    merge(po, texts)
    missing = untranslated(po)
    if "--check" in sys.argv[1:]:
        new = [text.msgid for text in texts if (text.msgid, text.plural, text.context) not in had]
        for msgid in sorted({*missing, *new}):
            print(f"no English: {msgid}")
        return 1 if missing or new else 0
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    po.save(str(CATALOGUE))
    po.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    print(f"{len(po)} texts, {len(missing)} without English")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
