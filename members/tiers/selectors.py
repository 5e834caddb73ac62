"""The ladder, who stands where, and the multiplier an order was paid under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Subquery

from members.growth.models import GrowthAccount
from members.people.models import GONE
from members.tiers.models import LadderVersion, MemberTier, Tier, TierLock, TierSpell
from members.tiers.rules import UNIT, Rules, Rung, Version, days_between, window_start
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.settings import setting


def rules_now() -> Rules:
    """The settings of tiers as they stand."""
    return Rules(
        metric=setting("tier.metric"),
        window_days=setting("tier.window_days"),
        valid_days=setting("tier.valid_days"),
        grace_days=setting("tier.grace_days"),
        downgrade=setting("tier.downgrade"),
        keep_ratio=setting("tier.keep_ratio"),
        recheck_days=setting("tier.refund_recheck_days"),
    )


def rung_dump(rung: Rung) -> dict[str, Any]:
    """A rung as a version keeps it."""
    return asdict(rung)


def version_load(row: LadderVersion) -> Version:
    """A stored version as the replay sees it."""
    known = {each.name for each in fields(Rules)}
    return Version(
        at=row.at,
        rungs=tuple(Rung(**rung) for rung in row.rungs),
        rules=Rules(**{key: value for key, value in row.rules.items() if key in known}),
    )


def versions_get() -> list[Version]:
    """Every ladder there was, oldest first; empty before the first."""
    return [version_load(row) for row in LadderVersion.objects.order_by("number")]


def versions_listed() -> list[LadderVersion]:
    """The versions, newest first."""
    return list(LadderVersion.objects.order_by("-number"))


def ladder_get() -> tuple[Rung, ...]:
    """The rungs in force by rank; empty before there is a ladder."""
    newest = LadderVersion.objects.order_by("-number").first()
    return version_load(newest).rungs if newest is not None else ()


def version_now() -> Version | None:
    """The ladder in force with its rules."""
    newest = LadderVersion.objects.order_by("-number").first()
    return version_load(newest) if newest is not None else None


def tiers_listed() -> list[Tier]:
    """The rungs in force as rows, by rank."""
    return list(Tier.objects.filter(archived_at=None).order_by("rank"))


def tier_choices() -> list[tuple[str, str]]:
    """Code and name of the rungs in force, for filters and rules."""
    return [(tier.code, tier.name) for tier in tiers_listed()]


def tiers_count() -> int:
    """How many rungs there are."""
    return Tier.objects.filter(archived_at=None).count()


@dataclass(frozen=True, kw_only=True)
class RungCount:
    """How many members stand on a rung, and how many of them in grace or locked there."""

    members: int = 0
    grace: int = 0
    locked: int = 0


def members_by_tier() -> dict[str, RungCount]:
    """Living members per rung."""
    rows = (
        MemberTier.objects.exclude(member__status__in=GONE)
        .values_list("tier__code", "state")
        .annotate(members=Count("id"))
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, state, members in rows:
        found[code][state] += members
    return {
        code: RungCount(members=sum(by.values()), grace=by["grace"], locked=by["locked"])
        for code, by in found.items()
    }


@dataclass(frozen=True, kw_only=True)
class TierNow:
    """A member's tier and the way to the next: `needed` is what is still missing of its threshold."""

    code: str
    name: str
    rank: int
    state: str
    metric: int
    lifetime: int
    multiplier: int
    threshold: int
    keep_threshold: int
    since: datetime
    valid_until: datetime | None
    grace_until: datetime | None
    next: Rung | None
    needed: int

    @property
    def days(self) -> int:
        """Local days in this tier so far."""
        return days_between(self.since, clock.now(), current_tenant().timezone)


def tier_of(member_ids: Collection[int]) -> dict[int, TierNow]:
    """Where these members stand, in one question; nobody before there is a ladder."""
    newest = LadderVersion.objects.order_by("-number")
    mine = GrowthAccount.objects.filter(member_id=OuterRef("member_id"))
    rows = (
        MemberTier.objects.filter(member_id__in=list(member_ids))
        .select_related("tier")
        .annotate(
            lifetime=Subquery(mine.values("lifetime")[:1]),
            rungs=Subquery(newest.values("rungs")[:1]),
            rules=Subquery(newest.values("rules")[:1]),
            ladder_at=Subquery(newest.values("at")[:1]),
        )
    )
    return {row.member_id: _now(row) for row in rows}


def _now(row: Any) -> TierNow:
    version = version_load(LadderVersion(at=row.ladder_at, rungs=row.rungs, rules=row.rules))
    rung = version.rung(row.tier.code) or version.rungs[0]
    above = next((each for each in version.rungs if each.rank == rung.rank + 1), None)
    return TierNow(
        code=rung.code,
        name=rung.name,
        rank=rung.rank,
        state=row.state,
        metric=row.metric,
        lifetime=row.lifetime or 0,
        multiplier=rung.multiplier,
        threshold=rung.threshold,
        keep_threshold=version.keep(rung),
        since=row.started_at,
        valid_until=row.valid_until,
        grace_until=row.grace_until,
        next=above,
        needed=max(0, above.threshold - row.metric) if above is not None else 0,
    )


def names_by_member(member_ids: Sequence[int]) -> Mapping[int, str]:
    """The tier's name, for lists."""
    rows = MemberTier.objects.filter(member_id__in=list(member_ids))
    return dict(rows.values_list("member_id", "tier__name"))


def spells_of(
    member_id: int, *, before: datetime | None = None, limit: int = 50
) -> list[TierSpell]:
    """The member's spells, newest first."""
    rows = TierSpell.objects.filter(member_id=member_id).select_related("tier")
    if before is not None:
        rows = rows.filter(started_at__lt=before)
    return list(rows.order_by("-started_at")[:limit])


def lock_of(member_id: int) -> TierLock | None:
    """The lock that holds the member's tier now."""
    now = clock.now()
    rows = TierLock.objects.filter(
        member_id=member_id, from_at__lte=now, until__gt=now, released_at=None
    )
    return rows.select_related("tier").first()


MultiplierExtra = Callable[[Sequence[tuple[int, datetime]]], Sequence[int]]
_extras: list[MultiplierExtra] = []


def multiplier_extra_register(extra: MultiplierExtra) -> None:
    """Another stack group beside the tier: what it adds to the multiplier, per member and instant (N-5)."""
    _extras.append(extra)


def multipliers_at(asked: Sequence[tuple[int, datetime]]) -> list[int]:
    """For each member and instant, the multiplier of points then, in ten-thousandths: the tier's and more."""
    if not asked:
        return []
    added = [extra(asked) for extra in _extras]
    return [
        tier + sum(group[place] for group in added)
        for place, tier in enumerate(_tier_multipliers(asked))
    ]


def _tier_multipliers(asked: Sequence[tuple[int, datetime]]) -> list[int]:
    if not (versions := versions_get()):
        return [UNIT] * len(asked)
    spells: dict[int, list[tuple[datetime, datetime | None, str]]] = defaultdict(list)
    rows = TierSpell.objects.filter(member_id__in={member_id for member_id, _at in asked})
    for member_id, start, end, code in rows.values_list(
        "member_id", "started_at", "ended_at", "tier__code"
    ):
        spells[member_id].append((start, end, code))
    return [_multiplier(spells[member_id], versions, at) for member_id, at in asked]


def _multiplier(
    spells: Iterable[tuple[datetime, datetime | None, str]],
    versions: Sequence[Version],
    at: datetime,
) -> int:
    code = next(
        (code for start, end, code in spells if start <= at and (end is None or at < end)), None
    )
    version = next((each for each in reversed(versions) if each.at <= at), None)
    if version is None:
        return UNIT
    # Who never rose has no spells: the base is everybody's.
    rung = version.rung(code) if code is not None else version.rungs[0]
    return rung.multiplier if rung is not None else UNIT


# -- who moves ---------------------------------------------------------------------------------------

_EXACT = """
    SELECT s.member_id, s.tier_id, s.state, coalesce(sum(e.amount), 0)::bigint AS metric
      FROM members_membertier s
      LEFT JOIN members_growthentry e
        ON e.tenant_id = s.tenant_id AND e.member_id = s.member_id AND e.effective_at >= %(start)s
     WHERE s.tenant_id = %(tenant)s
     GROUP BY s.member_id, s.tier_id, s.state
"""
_WANTED = """
    SELECT x.member_id, t.code AS before, w.code AS after, t.rank < w.rank AS is_up
      FROM ({exact}) x
      JOIN members_tier t ON t.tenant_id = %(tenant)s AND t.id = x.tier_id
      JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = x.member_id
       AND m.status NOT IN ('merged', 'erased')
      LEFT JOIN unnest(%(codes)s::text[], %(ranks)s::int[], %(thresholds)s::bigint[]) AS k(code, rank, threshold)
        ON k.code = t.code
      CROSS JOIN LATERAL (
        SELECT n.code, n.rank
          FROM unnest(%(codes)s::text[], %(ranks)s::int[], %(thresholds)s::bigint[]) AS n(code, rank, threshold)
         WHERE n.rank = coalesce(k.rank, 0) OR n.threshold <= CASE
               WHEN x.state = 'locked' THEN CASE WHEN k.code IS NULL THEN t.threshold ELSE 0 END
               WHEN k.code IS NULL THEN greatest(t.threshold, x.metric) ELSE x.metric END
         ORDER BY n.rank DESC LIMIT 1
      ) w
     WHERE w.code <> t.code
"""


@dataclass(frozen=True, kw_only=True)
class Move:
    """How many members go from one rung to another."""

    before: str
    after: str
    members: int


@dataclass(frozen=True, kw_only=True)
class LadderPreview:
    """Who moves at once if these rungs were in force now."""

    moves: tuple[Move, ...]
    total: int


def moves_wanted(rungs: Sequence[Rung], rules: Rules) -> tuple[str, dict[str, Any]]:
    """A SELECT of everybody whom these rungs move at once, and its values."""
    zone = current_tenant().timezone
    day: date = clock.local_date(clock.now(), zone)
    return _WANTED.format(exact=_EXACT), {
        "tenant": require_tenant_id(),
        "start": window_start(day, rules, zone),
        "codes": [rung.code for rung in rungs],
        "ranks": [rung.rank for rung in rungs],
        "thresholds": [rung.threshold for rung in rungs],
    }


def tier_preview(rungs: Sequence[Rung], rules: Rules | None = None) -> LadderPreview:
    """Counted in the database, per rung left and rung reached; exactly what activation does.

    ``rules`` are those that would hold; None for those of the settings as they stand.
    """
    select, values = moves_wanted(rungs, rules or rules_now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT before, after, count(*) FROM ({select}) m GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",  # noqa: S608 - our own text
            values,
        )
        moves = tuple(
            Move(before=before, after=after, members=members)
            for before, after, members in cursor.fetchall()
        )
    return LadderPreview(moves=moves, total=sum(move.members for move in moves))
