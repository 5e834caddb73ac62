"""Where members stand that benefits are offered: rooms that know one place register it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A member stands at a place: on that tier, in that plan, on that layer; until when, if that is known."""

    key: str
    until: datetime | None = None


Source = Callable[[Collection[int]], Mapping[int, Sequence[Standing]]]
SOURCES: dict[str, Source] = {}


def benefit_source_register(place: str, source: Source) -> None:
    """Tell where members stand now, for one place of offers; in one question for all of them."""
    if place in SOURCES:
        message = f"benefit source {place} is registered twice"
        raise ValueError(message)
    SOURCES[place] = source
