"""Pure rules about people: numbers, names, phones."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from scrm.core.errors import InvalidValue

_NOT_DIGITS = re.compile(r"[\s\-()\u00a0]+")
_PHONE = re.compile(r"\+?\d{6,15}")
_CHINA = re.compile(r"(?:\+?86)?(1\d{10})")
_MASK_FROM = 8


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a channel says about a person; empty means it does not say."""

    display_name: str = ""
    gender: str = ""
    birthday: date | None = None
    city: str = ""
    occupation: str = ""
    kind: str = "consumer"


def member_no_new() -> str:
    """Twelve random digits: short enough to read out, too many to guess, no hint of how many members there are."""
    return str(10**11 + secrets.randbelow(9 * 10**11))


def name_grams(name: str) -> list[str]:
    """Every character and every pair of neighbours of a name, lower-cased, each once."""
    letters = [char for char in name.lower() if not char.isspace()]
    pairs = [a + b for a, b in pairwise(letters)]
    return list(dict.fromkeys([*letters, *pairs]))


def phone_normal(text: str) -> str:
    """A phone number as digits: mainland numbers without 86, others with their plus; InvalidValue otherwise."""
    cleaned = _NOT_DIGITS.sub("", text)
    mainland = _CHINA.fullmatch(cleaned)
    if mainland is not None:
        return mainland[1]
    if not _PHONE.fullmatch(cleaned):
        raise InvalidValue(_("不是手机号"), pointer="/phone")
    return cleaned


def phone_masked(phone: str) -> str:
    """`138****8000`; short numbers show only the last two digits."""
    digits = phone.lstrip("+")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= _MASK_FROM else f"****{digits[-2:]}"


def phone_grouped(phone: str) -> str:
    """`138 0000 0001`, as people read a number aloud; foreign ones stay as they are."""
    if _CHINA.fullmatch(phone):
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    return phone
