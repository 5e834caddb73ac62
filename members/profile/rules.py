"""Kinds of custom fields and what a value of each looks like, on the wire and typed by people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scrm.core.errors import InvalidValue

TEXT, NUMBER, DATE, BOOL, CHOICE = "text", "number", "date", "bool", "choice"
# Which column holds a value of the kind.
COLUMNS = {TEXT: "text", CHOICE: "text", NUMBER: "number", DATE: "day", BOOL: "flag"}
MOST_FIELDS = 50
MOST_CHOICES = 50
LONGEST_TEXT = 200
LONGEST_CHOICE = 40
LONGEST_NOTE = 1000
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST = 10**15
_YES = frozenset({"是", "有", "yes", "y", "true", "1", "√"})
_NO = frozenset({"否", "无", "no", "n", "false", "0", "×"})
_YEARS = range(1900, 2200)

Value = str | int | bool | date | None


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """What a value is checked against."""

    key: str
    kind: str
    choices: Sequence[str] = ()


def value_take(spec: FieldSpec, given: object, *, pointer: str) -> Value:
    """The value of a JSON member, with the type the field has; null takes it away."""
    if given is None or given == "":
        return None
    if spec.kind == BOOL:
        if isinstance(given, bool):
            return given
        raise InvalidValue(_("应为 true 或 false"), pointer=pointer)
    if spec.kind == NUMBER:
        if isinstance(given, int) and not isinstance(given, bool) and -_MOST <= given <= _MOST:
            return given
        raise InvalidValue(_("应为整数"), pointer=pointer)
    if not isinstance(given, str):
        raise InvalidValue(_("应为文字"), pointer=pointer)
    return _worded(spec, given, pointer=pointer)


def value_read(spec: FieldSpec, text: str, *, pointer: str) -> Value:
    """The value of a cell or an input, as people type it; empty is nothing."""
    text = text.strip()
    if not text:
        return None
    if spec.kind == BOOL:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        raise InvalidValue(_("应填是或否"), pointer=pointer)
    if spec.kind == NUMBER:
        bare = text.replace(",", "")
        if re.fullmatch(r"-?[0-9]{1,16}", bare) and abs(int(bare)) <= _MOST:
            return int(bare)
        raise InvalidValue(_("应填整数"), pointer=pointer)
    return _worded(spec, text.replace("/", "-") if spec.kind == DATE else text, pointer=pointer)


def _worded(spec: FieldSpec, text: str, *, pointer: str) -> Value:
    if spec.kind == DATE:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise InvalidValue(_("不是日期，应写作 1990-05-31"), pointer=pointer) from error
        if day.year not in _YEARS:
            raise InvalidValue(_("不是日期，应写作 1990-05-31"), pointer=pointer)
        return day
    if spec.kind == CHOICE and text not in spec.choices:
        raise InvalidValue(_("不在选项里"), pointer=pointer)
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise InvalidValue(_("内容太长"), pointer=pointer)
    return text


def value_text(kind: str, value: Value) -> str:
    """The value as people read it; nothing is empty."""
    if value is None:
        return ""
    if kind == BOOL:
        return _("是") if value else _("否")
    return f"{value:,}" if kind == NUMBER else str(value)


def choices_checked(kind: str, choices: Sequence[str]) -> list[str]:
    """The options of a choice, each once; other kinds have none."""
    named = list(dict.fromkeys(choice.strip() for choice in choices if choice.strip()))
    if kind != CHOICE:
        return []
    if not 0 < len(named) <= MOST_CHOICES or any(len(each) > LONGEST_CHOICE for each in named):
        raise InvalidValue(_("请填写 1 到 50 个选项，每个不超过 40 个字"), pointer="/choices")
    return named
