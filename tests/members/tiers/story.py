"""Tells the replay stories in days, and plays them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from members.tiers.outcome import Outcome
from members.tiers.replay import play
from members.tiers.rules import Facts, Growth, Lock, Rules, Rung, Version

ZONE = "Asia/Shanghai"
START = datetime(2025, 2, 10, 2, tzinfo=UTC)  # ten in the morning in Shanghai
RUNGS = (
    Rung(rank=0, code="base", name="普通", threshold=0),
    Rung(rank=1, code="silver", name="银卡", threshold=100, multiplier=11_000),
    Rung(rank=2, code="gold", name="金卡", threshold=500, multiplier=12_000),
    Rung(rank=3, code="black", name="黑金", threshold=1000, multiplier=15_000),
)


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def midnight(text: str, zone: str = ZONE) -> datetime:
    """Local midnight of a written day, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ladder(at: float = -1000, rungs: Sequence[Rung] = RUNGS, **rules: Any) -> Version:
    return Version(at=day(at), rungs=tuple(rungs), rules=Rules(**rules))


def rise(n: float | datetime, amount: int, key: str = "") -> Growth:
    at = day(n) if isinstance(n, int | float) else n
    return Growth(amount=amount, effective_at=at, occurred_at=at, key=key)


def fall(of: float | datetime, n: float | datetime, amount: int) -> Growth:
    """A reversal at ``n`` of growth of ``of``: dated back."""
    return Growth(
        amount=-amount,
        effective_at=day(of) if isinstance(of, int | float) else of,
        occurred_at=day(n) if isinstance(n, int | float) else n,
    )


def lock(code: str, start: float, end: float) -> Lock:
    return Lock(code=code, from_at=day(start), until=day(end))


def story(
    *growth: Growth,
    until: float | datetime,
    versions: Sequence[Version] = (),
    locks: Sequence[Lock] = (),
    zone: str = ZONE,
    used: Sequence[tuple[str, datetime]] = (),
) -> Outcome:
    facts = Facts(joined_at=day(-500), growth=growth, locks=locks, used=frozenset(used))
    as_of = day(until) if isinstance(until, int | float) else until
    return play(facts, list(versions) or [ladder()], as_of, zone)


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    """(kind, before, after) of everything there was to say."""
    return [(each.kind, each.before, each.after) for each in outcome.notices]


def gifts(outcome: Outcome) -> list[tuple[str, bool]]:
    """(tier, whether it was taken back)."""
    return [(gift.code, gift.voided_at is not None) for gift in outcome.gifts]
