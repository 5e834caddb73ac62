"""The registry of refusals: every stable code with its status, what it means and what to do next."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.urls import get_resolver

from scrm.api.problems import WIRE_CODES
from scrm.core.errors import ERROR_CODES

Language = Literal["en", "zh"]
_TEXTS = Path(__file__).with_name("codes.toml")


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code as people read it."""

    code: str
    status: int
    meaning: str
    next_step: str
    zh_meaning: str
    zh_next_step: str

    def said(self, language: Language) -> tuple[str, str]:
        """Meaning and next step in one language."""
        if language == "zh":
            return self.zh_meaning, self.zh_next_step
        return self.meaning, self.next_step


def codes_all() -> list[Code]:
    """Every code that the API may answer with, by name."""
    _discover()
    return [_code(name) for name in sorted(_meanings())]


def code_get(name: str) -> Code | None:
    """One code, or None for a word that is none."""
    _discover()
    return _code(name) if name in _meanings() else None


def texts_missing() -> list[str]:
    """Codes without an entry in codes.toml."""
    _discover()
    return sorted(_meanings().keys() - _texts().keys())


def texts_orphaned() -> list[str]:
    """Entries of codes.toml that no refusal uses."""
    _discover()
    return sorted(_texts().keys() - _meanings().keys())


def _discover() -> None:
    """Rooms declare their refusals as they are imported: all of them stand behind some address."""
    get_resolver().url_patterns  # noqa: B018 - imports every door


def _code(name: str) -> Code:
    status, meaning = _meanings()[name]
    text = _texts().get(name, {})
    return Code(
        code=name,
        status=status,
        meaning=meaning,
        next_step=text.get("next", ""),
        zh_meaning=text.get("zh", ""),
        zh_next_step=text.get("zh_next", ""),
    )


def _meanings() -> dict[str, tuple[int, str]]:
    found = {
        code: (error.kind.value, _sentence(error.__doc__))
        for code, error in ERROR_CODES.items()
        if error.__module__.split(".")[0] != "tests" and code != "domain_error"
    }
    return found | WIRE_CODES


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(_TEXTS.read_text(encoding="utf-8"))


def _sentence(doc: str | None) -> str:
    return " ".join((doc or "").strip().split("\n\n")[0].split())
