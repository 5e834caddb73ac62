"""Move members between pools: by what they did, by what they are worth, and by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.lifecycle.models import DIRTY, MemberPulse, Pool
from members.lifecycle.services import day_shared, pulses_make
from members.people.selectors import living_ids
from members.pools import store
from members.pools.errors import PoolByRule
from members.pools.models import MoveCause
from members.pools.rules import BY_HAND, LONGEST_REASON, actions_read, is_back
from members.pools.waist import waist_segment_make
from members.segments.dirty import mark_dirty
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant
from scrm.tenants.settings import setting

# More than this is too much to keep for the case that somebody changes their mind.
MOST_KEPT = 5_000
_TOLD = 500
_CHUNK = 5_000


@dataclass(frozen=True, kw_only=True)
class PoolsMoved:
    """How many were moved; ``undo`` is what taking it back needs, empty when it cannot be."""

    count: int
    undo: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def pools_enter(member_ids: Collection[int], *, at: datetime | None = None) -> list[int]:
    """These members may have done a core action: who did goes from the public to the territory."""
    actions = actions_read(setting("pool.core_actions"))
    if not actions or not member_ids:
        return []
    living = sorted(set(living_ids(member_ids, lock=True).values()))
    pulses_make(living)
    found = store.acted_ids(actions, living)
    return _by_rule(found, Pool.PUBLIC, Pool.TERRITORY, MoveCause.ACTION, at=at or clock.now())


def pools_night(as_of: date) -> dict[str, int]:
    """Nightly, after the stages: everybody goes where the rules put them by the end of that day."""
    at = clock.local_midnight(as_of + timedelta(days=1), current_tenant().timezone)
    least = int(setting("true_fan.min_contribution"))
    worth = int(setting("pool.core_min_contribution"))
    actions = actions_read(setting("pool.core_actions"))
    steps: tuple[tuple[Callable[[], list[int]], Pool, Pool, MoveCause], ...] = (
        (lambda: store.untrue_ids(least), Pool.TRUE_FAN, Pool.CORE, MoveCause.NO_LONGER),
        (lambda: store.acted_ids(actions), Pool.PUBLIC, Pool.TERRITORY, MoveCause.ACTION),
        (
            lambda: store.worthy_ids(worth) if worth else [],
            Pool.TERRITORY,
            Pool.CORE,
            MoveCause.VALUE,
        ),
        (lambda: store.true_ids(least), Pool.CORE, Pool.TRUE_FAN, MoveCause.TRUE_FAN),
    )
    counts = {}
    for find, before, after, cause in steps:
        found, moved = find(), 0
        for place in range(0, len(found), _CHUNK):
            with transaction.atomic():
                moved += len(_by_rule(found[place : place + _CHUNK], before, after, cause, at=at))
        counts[cause.value] = moved
    waist_segment_make()
    return counts


def _by_rule(
    member_ids: Collection[int], before: Pool, after: Pool, cause: MoveCause, *, at: datetime
) -> list[int]:
    if not member_ids:
        return []
    day_shared()
    moved = store.members_move(member_ids, before=[before], after=after, at=at, by_hand=False)
    _moved_tell(moved, after=after, at=at, cause=cause)
    return [member_id for member_id, _before in moved]


def _moved_tell(
    moved: Sequence[tuple[int, str]],
    *,
    after: str,
    at: datetime,
    cause: MoveCause,
    reason: str = "",
    actor: str = "",
) -> None:
    store.moves_write(moved, after=after, at=at, cause=cause, reason=reason, actor=actor)
    mark_dirty([member_id for member_id, _before in moved], DIRTY)
    for place in range(0, len(moved), _TOLD):
        part = [[member_id, before, after] for member_id, before in moved[place : place + _TOLD]]
        told = {"moves": part, "cause": cause.value, "at": at.isoformat()}
        publish("member.pool_changed", payload=told)


@transaction.atomic
def pools_move(member_ids: Collection[int], *, to: str, reason: str) -> PoolsMoved:
    """Put these members into a pool by hand. Who is moved back is not moved on again by rules."""
    if to not in Pool.values:
        raise InvalidValue(_("没有这个粉丝池"), pointer="/pool")
    if to not in BY_HAND:
        raise PoolByRule(_("铁杆粉只由规则产生，不能手工加入"), pointer="/pool")
    words = reason.strip()
    if not 0 < len(words) <= LONGEST_REASON:
        raise InvalidValue(_("请写明原因，不超过 200 字"), pointer="/reason")
    living = sorted(set(living_ids(member_ids, lock=True).values()))
    pulses_make(living)
    held = set(
        MemberPulse.objects.filter(member_id__in=living, is_held=True).values_list(
            "member_id", flat=True
        )
    )
    at = clock.now()
    moved = store.members_move(living, before=Pool.values, after=to, at=at, by_hand=True)
    actor = current_actor().label
    _moved_tell(moved, after=to, at=at, cause=MoveCause.HAND, reason=words, actor=actor)
    _recorded(to, moved, reason=words)
    rows = [[member_id, before, member_id in held] for member_id, before in moved]
    return PoolsMoved(
        count=len(moved), undo={"to": to, "rows": rows} if 0 < len(moved) <= MOST_KEPT else {}
    )


@transaction.atomic
def pools_move_undo(payload: Mapping[str, Any]) -> None:
    """Everybody who is still there goes back to where they came from."""
    living = living_ids({row[0] for row in payload["rows"]}, lock=True)
    day_shared()
    back: list[tuple[int, str]] = []
    at = clock.now()
    for pool in Pool.values:
        rows = {living[row[0]]: row[2] for row in payload["rows"] if row[1] == pool}
        moved = store.members_move(rows, before=[payload["to"]], after=pool, at=at, by_hand=False)
        for is_held in (True, False):
            keys = [member_id for member_id, _before in moved if rows[member_id] is is_held]
            MemberPulse.objects.filter(member_id__in=keys).update(is_held=is_held)
        actor = current_actor().label
        _moved_tell(moved, after=pool, at=at, cause=MoveCause.UNDONE, actor=actor)
        back += moved
    _recorded("", back, reason="")


def _recorded(to: str, moved: Sequence[tuple[int, str]], *, reason: str) -> None:
    record(
        "pools.moved",
        object_type="pool",
        object_id=to or "undo",
        before={"back": sum(is_back(before, to) for _member, before in moved) if to else 0},
        after={"members": len(moved), "reason": reason},
    )
