"""The ladder and a member's tier as the API says them and hears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from members.benefits.selectors import GainedBenefit, gained_between
from members.people.selectors import member_get
from members.tiers.ladder import ladder_check, ladder_put
from members.tiers.rules import Rung
from members.tiers.selectors import (
    LadderPreview,
    RungCount,
    TierNow,
    lock_of,
    members_by_tier,
    tier_of,
    tier_preview,
    version_now,
    versions_listed,
)
from members.tiers.services import tier_lock, tier_unlock
from scrm.core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class RungShown:
    """A rung with who stands on it; `keep` is the growth that keeps it."""

    code: str
    name: str
    threshold: int
    keep_threshold: int | None
    keep: int
    multiplier_bp: int
    members: int
    in_grace: int
    locked: int


@dataclass(frozen=True, kw_only=True)
class LadderShown:
    """The ladder in force; number 0 before there is one."""

    version: int
    since: datetime | None
    tiers: list[RungShown]


@dataclass(frozen=True, kw_only=True)
class Gained:
    """What the next tier brings more than this one."""

    kind: str
    before_bp: int
    after_bp: int


@dataclass(frozen=True, kw_only=True)
class NextShown:
    """The next rung, how much growth is still missing, and what it brings."""

    code: str
    name: str
    threshold: int
    needed: int
    gained: list[Gained]
    benefits: list[GainedBenefit]


@dataclass(frozen=True, kw_only=True)
class MemberTierShown:
    """A member's tier, the way to the next, and a lock if there is one."""

    member_id: str
    code: str
    name: str
    state: str
    growth: int
    growth_lifetime: int
    multiplier_bp: int
    since: datetime
    valid_until: datetime | None
    grace_until: datetime | None
    locked_until: datetime | None
    next: NextShown | None


def ladder_read() -> LadderShown:
    """The rungs in force with how many members stand on each."""
    version, newest = version_now(), next(iter(versions_listed()), None)
    if version is None or newest is None:
        return LadderShown(version=0, since=None, tiers=[])
    counts = members_by_tier()
    tiers = []
    for rung in version.rungs:
        count = counts.get(rung.code, RungCount())
        tiers.append(
            RungShown(
                code=rung.code,
                name=rung.name,
                threshold=rung.threshold,
                keep_threshold=rung.keep_threshold,
                keep=version.keep(rung),
                multiplier_bp=rung.multiplier,
                members=count.members,
                in_grace=count.grace,
                locked=count.locked,
            )
        )
    return LadderShown(version=newest.number, since=newest.at, tiers=tiers)


def rungs_told(rows: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """Rungs as they come over the wire, lowest first."""
    return tuple(
        Rung(
            rank=rank,
            code=row["code"],
            name=row["name"],
            threshold=row["threshold"],
            keep_threshold=row.get("keep_threshold"),
            multiplier=row.get("multiplier_bp", 10_000),
        )
        for rank, row in enumerate(rows)
    )


def ladder_write(*, tiers: Sequence[Mapping[str, Any]]) -> LadderShown:
    """Bring rungs into force, and say what stands now."""
    ladder_put(rungs_told(tiers))
    return ladder_read()


def ladder_try(*, tiers: Sequence[Mapping[str, Any]]) -> LadderPreview:
    """Who would move at once; nothing is written."""
    rungs = rungs_told(tiers)
    ladder_check(rungs)
    return tier_preview(rungs)


def member_tier_read(public_id: str) -> MemberTierShown:
    """A member's tier; NotFound before there is a ladder."""
    member = member_get(public_id)
    now = tier_of([member.pk]).get(member.pk)
    if now is None:
        raise NotFound
    lock = lock_of(member.pk)
    return MemberTierShown(
        member_id=member.public_id,
        code=now.code,
        name=now.name,
        state=now.state,
        growth=now.metric,
        growth_lifetime=now.lifetime,
        multiplier_bp=now.multiplier,
        since=now.since,
        valid_until=now.valid_until,
        grace_until=now.grace_until,
        locked_until=lock.until if lock is not None else None,
        next=_next(now),
    )


def _next(now: TierNow) -> NextShown | None:
    rung = now.next
    if rung is None:
        return None
    gained = []
    if rung.multiplier > now.multiplier:
        gained.append(Gained(kind="multiplier", before_bp=now.multiplier, after_bp=rung.multiplier))
    return NextShown(
        code=rung.code,
        name=rung.name,
        threshold=rung.threshold,
        needed=now.needed,
        gained=gained,
        benefits=gained_between(now.code, rung.code),
    )


def member_lock(public_id: str, *, tier: str, until: datetime, reason: str) -> MemberTierShown:
    """Lock a member's tier."""
    tier_lock(member=public_id, code=tier, until=until, reason=reason)
    return member_tier_read(public_id)


def member_unlock(public_id: str) -> None:
    """End the lock of a member's tier."""
    tier_unlock(member=public_id)
