"""What the audit log may not hold: secrets not at all, phones and e-mail addresses only in part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "•••"
# Members of before/after whose name says that the value opens something.
_SECRET = re.compile(
    r"secret|password|passwd|token|aes_key|private_key|api_key$|authorization|recovery|otp|cookie",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"\b(whsec_[A-Za-z0-9+/=]+|sk_(?:live|test)_[0-9A-Za-z_-]{20,})")
_PHONE = re.compile(
    r"(?<![A-Za-z0-9_.])(\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![A-Za-z0-9_.])"
)
_EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")


def masked_text(text: str) -> str:
    """The text with phones, e-mail addresses and secrets made unreadable; masking twice changes nothing."""
    text = _SECRET_VALUE.sub(HIDDEN, text)
    text = _PHONE.sub(lambda found: f"{found[2]}****{found[4]}", text)
    return _EMAIL.sub(lambda found: f"{found[1]}***@{found[2]}", text)


def masked(value: Any, name: str = "") -> Any:
    """The value as the log may hold it, at any depth."""
    if name and _SECRET.search(name) and isinstance(value, str) and value:
        return HIDDEN
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {str(key): masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, name) for inner in value]
    return value
