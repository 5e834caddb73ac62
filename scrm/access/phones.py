"""Phone numbers of people who log in: one spelling, a keyed hash to find them."""

from __future__ import annotations

import re

from scrm.core.secrets import blind_index

_NOT_DIGITS = re.compile(r"[\s\-()\u00a0]+")
_PHONE = re.compile(r"\+?\d{6,15}", re.ASCII)
_CHINA = re.compile(r"(?:\+?86)?(1\d{10})", re.ASCII)


def phone_normal(text: str) -> str:
    """Digits only: mainland numbers without 86, others with their plus; empty for anything else."""
    cleaned = _NOT_DIGITS.sub("", text)
    mainland = _CHINA.fullmatch(cleaned)
    if mainland is not None:
        return mainland[1]
    return cleaned if _PHONE.fullmatch(cleaned) else ""


def phone_hash(phone: str) -> str:
    """The blind index of a normal number."""
    return blind_index("access.phone", phone)
