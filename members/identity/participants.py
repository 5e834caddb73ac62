"""Who takes part when two members become one: each room moves its own rows, and moves them back (N-40)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class MergePair:
    """A merge under way."""

    merge_id: int
    source_id: int
    target_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A line of the preview: what the two have now, and what the one will have."""

    label: str | Promise
    source: str
    target: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One chunk that was moved: keys of the rows, and what cannot be told from the rows themselves."""

    ids: tuple[int, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def _no_effects(_source_id: int, _target_id: int) -> list[Effect]:
    return []


def _no_blockers(_source_id: int, _target_id: int) -> list[str | Promise]:
    return []


def _none_going(_pair: MergePair) -> int | None:
    return None


def _no_warnings(_pair: MergePair) -> list[str | Promise]:
    return []


def _no_rows(_pair: MergePair, _limit: int) -> Moved | None:
    return None


def _no_restore(_pair: MergePair, _parts: Sequence[Moved]) -> None:
    return None


def _nothing(_pair: MergePair) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class MergeParticipant:
    """What one room does in a merge. Every callable runs in a transaction of its caller.

    ``tables`` are the labels of the models with a key to a member that this room answers for: rows of any
    other such model block a merge, because it would leave them behind.

    With ``is_instant`` rows move in the short transaction that switches the members over, and back in the
    one that switches them apart; others follow in chunks of their own.

    ``move`` takes at most so many rows from the source to the target; None when nothing is left. It may be
    called again for a merge that was done: late rows follow. ``settle`` comes once after all rows.
    ``going`` counts what a split would take back, for rooms whose rows did not move; None asks what moved.
    ``parting`` says what else a split would do that somebody should know before.
    ``restore`` takes moved chunks back in a split, ``settle_split`` comes once after that.
    """

    key: str
    order: int
    label: str | Promise
    is_instant: bool = False
    tables: tuple[str, ...] = ()
    blockers: Callable[[int, int], list[str | Promise]] = _no_blockers
    preview: Callable[[int, int], list[Effect]] = _no_effects
    going: Callable[[MergePair], int | None] = _none_going
    parting: Callable[[MergePair], list[str | Promise]] = _no_warnings
    move: Callable[[MergePair, int], Moved | None] = _no_rows
    settle: Callable[[MergePair], None] = _nothing
    restore: Callable[[MergePair, Sequence[Moved]], None] = _no_restore
    settle_split: Callable[[MergePair], None] = _nothing


PARTICIPANTS: dict[str, MergeParticipant] = {}


def merge_participant_register(participant: MergeParticipant) -> None:
    """Take part in merges; the order says when, ascending, and the other way round in a split."""
    if participant.key in PARTICIPANTS:
        message = f"merge participant {participant.key} is registered twice"
        raise ValueError(message)
    PARTICIPANTS[participant.key] = participant


def participants() -> list[MergeParticipant]:
    """Everybody who takes part, in order."""
    return sorted(PARTICIPANTS.values(), key=lambda each: (each.order, each.key))
