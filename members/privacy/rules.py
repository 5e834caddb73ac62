"""Purposes a person may agree to, each by itself (PIPL; C-10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

MARKETING = "marketing"
PURPOSES = (MARKETING, "profiling", "third_party")


class Statement(NamedTuple):
    """One thing somebody said: yes or no to a purpose, at a moment. ``key`` breaks ties."""

    purpose: str
    is_given: bool
    at: datetime
    key: int


def consents_of(statements: Iterable[Statement]) -> dict[str, bool]:
    """Purpose → what holds: what was said last. Nothing said is no answer, neither yes nor no."""
    said = sorted(statements, key=lambda each: (each.at, each.key))
    return {each.purpose: each.is_given for each in said}
