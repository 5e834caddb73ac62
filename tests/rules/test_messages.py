"""Every text of the console has English, and the English fits what the code puts into it."""

from __future__ import annotations

import re
import sys

import polib
import pytest

from tools import messages

# Filled in by the code or by WeCom, or read by the browser: the same on both sides.
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\{|\}\}|\{[^{}]*\}|<[^>]+>")
_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_CUSTOMER_NAME = "{昵称}"


@pytest.fixture(scope="module")
def english() -> list[tuple[str, str]]:
    """Each text with each of its English forms."""
    pairs = []
    for entry in messages.catalogue():
        for form in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            pairs.append((entry.msgid, form))
    return pairs


def test_the_catalogue_is_complete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["messages", "--check"])
    assert messages.main() == 0, capsys.readouterr().out


def test_english_keeps_every_placeholder_and_tag(english: list[tuple[str, str]]) -> None:
    assert [
        (text, form)
        for text, form in english
        if sorted(_PLACEHOLDER.findall(text)) != sorted(_PLACEHOLDER.findall(form))
    ] == []


def test_english_is_english(english: list[tuple[str, str]]) -> None:
    assert [
        form for _text, form in english if _CHINESE.search(form.replace(_CUSTOMER_NAME, ""))
    ] == []


def test_english_joins_to_its_neighbours_as_the_chinese_does(
    english: list[tuple[str, str]],
) -> None:
    """A space at the start of a text is meant; one that English alone has would show twice."""

    def edges(text: str) -> tuple[bool, bool]:
        return text != text.lstrip(), text != text.rstrip()

    own = {"、", "；"}  # a comma needs the space that the Chinese mark carries in itself
    assert [form for text, form in english if text not in own and edges(text) != edges(form)] == []


def test_no_template_argument_holds_a_percent_sign() -> None:
    """Django doubles it there and does not take it back: `{% translate … as … %}` does."""
    argument = re.compile(r"""_\((?:"[^"]*%[^"]*"|'[^']*%[^']*')\)""")
    assert [
        found
        for path in sorted((messages.ROOT / "templates").rglob("*.html"))
        for found in argument.findall(path.read_text(encoding="utf-8"))
    ] == []


def test_the_compiled_catalogue_is_in_step() -> None:
    def forms(
        catalogue: list[polib.POEntry] | list[polib.MOEntry],
    ) -> dict[tuple[str, str], object]:
        return {
            (entry.msgctxt or "", entry.msgid): (
                {int(key): form for key, form in entry.msgstr_plural.items()} or entry.msgstr
            )
            for entry in catalogue
        }

    compiled = polib.mofile(str(messages.CATALOGUE.with_suffix(".mo")))
    assert forms(compiled) == forms(messages.catalogue())
