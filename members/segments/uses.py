"""Who uses a segment: rooms above register, the segment's pages and its archiving ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Use:
    """One thing that reads the segment; ``is_running`` when it would still read it in future."""

    kind: str | Promise
    title: str
    page: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    is_running: bool = True


# Segments' keys → their uses; one question for a whole page of the list.
Finder = Callable[[Collection[int]], Mapping[int, Sequence[Use]]]
_FINDERS: dict[str, Finder] = {}


def segment_use_register(key: str, find: Finder) -> None:
    """Tell where segments are used."""
    if key in _FINDERS:
        raise ValueError(f"registered twice: {key}")
    _FINDERS[key] = find


def uses_of(segment_ids: Collection[int]) -> dict[int, list[Use]]:
    """Everything that uses these segments, in the order of the rooms' keys."""
    found: dict[int, list[Use]] = {segment_id: [] for segment_id in segment_ids}
    if not found:
        return found
    for _key, find in sorted(_FINDERS.items()):
        for segment_id, uses in find(found).items():
            found[segment_id].extend(uses)
    return found
