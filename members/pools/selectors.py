"""What the pools page and the API show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from members.activity.models import Activity
from members.activity.names import names_counting
from members.activity.sources import acts_sql, days_values
from members.lifecycle.models import MemberPulse, Pool
from members.lifecycle.selectors import Standing
from members.pools.models import PoolMove, Screening, Verdict
from members.pools.rules import is_back
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import current_tenant, require_tenant_id

FLOW_DAYS = 30
MONTHS = 3
_BP = 10_000
_VALUE_DAYS = 180
# Whom the territory and what follows passed on, what they brought, and whom they brought (M-18).
_PURPOSES = """
    SELECT to_char(m.at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, 'passed' AS what,
        count(DISTINCT m.member_id)::bigint AS n
    FROM members_poolmove m
    WHERE m.tenant_id = %(tenant)s AND m.at >= %(start)s AND m.at < %(end)s
      AND m.before = 'territory' AND m.after = 'core'
    GROUP BY 1
    UNION ALL
    SELECT to_char(o.paid_date, 'YYYY-MM'), 'net', sum(o.net_fen)::bigint
    FROM members_order o
    JOIN members_memberpulse p ON p.tenant_id = %(tenant)s AND p.member_id = o.member_id AND p.pool <> 'public'
    WHERE o.tenant_id = %(tenant)s AND o.is_valid AND o.paid_date > %(after)s AND o.paid_date <= %(day)s
    GROUP BY 1
    UNION ALL
    SELECT to_char(x.day, 'YYYY-MM'), 'referred', count(*)::bigint
    FROM ({acts}) x
    JOIN members_memberpulse p ON p.tenant_id = %(tenant)s AND p.member_id = x.member_id AND p.pool <> 'public'
    WHERE x.kind = 'referral'
    GROUP BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How many members went from one pool to another lately."""

    before: str
    after: str
    members: int


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Of those who were or are in a pool, how many went on to the next in 30 days."""

    before: str
    after: str
    moved: int
    rate_bp: int


@dataclass(frozen=True, kw_only=True)
class Purposes:
    """The three purposes of the territory pool in one month."""

    month: str
    passed: int
    net_fen: int
    referred: int


def flows(days: int = FLOW_DAYS) -> list[Flow]:
    """Moves of the past days, members counted once for each way."""
    since = clock.now() - timedelta(days=days)
    rows = (
        PoolMove.objects.filter(at__gte=since)
        .values_list("before", "after")
        .annotate(n=Count("member_id", distinct=True))
        .order_by("before", "after")
    )
    return [Flow(before=before, after=after, members=n) for before, after, n in rows]


def conversions(standing: Standing, moved: Sequence[Flow]) -> list[Conversion]:
    """From each pool to the next; of everybody who could have gone."""
    found = []
    pools = list(Pool.values)
    for before, after in pairwise(pools):
        gone = sum(
            flow.members
            for flow in moved
            if flow.before == before and not is_back(before, flow.after)
        )
        could = standing.pools[before] + gone
        found.append(
            Conversion(
                before=before,
                after=after,
                moved=gone,
                rate_bp=gone * _BP // could if could else 0,
            )
        )
    return found


def purposes(months: int = MONTHS) -> list[Purposes]:
    """The three purposes month by month, this one first; members as they stand in pools now."""
    zone = current_tenant().timezone
    today = clock.local_date(clock.now(), zone)
    firsts = [today.replace(day=1)]
    while len(firsts) < months:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    values = days_values(today, (today - firsts[-1]).days + 1)
    found: dict[tuple[str, str], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PURPOSES.format(acts=acts_sql(is_narrowed=False)), values)
        for month, what, n in cursor.fetchall():
            found[(month, what)] = n
    return [
        Purposes(
            month=f"{first:%Y-%m}",
            passed=found.get((f"{first:%Y-%m}", "passed"), 0),
            net_fen=found.get((f"{first:%Y-%m}", "net"), 0),
            referred=found.get((f"{first:%Y-%m}", "referred"), 0),
        )
        for first in firsts
    ]


def moves_listed(
    *, pools: Collection[str] = (), causes: Collection[str] = (), search: str = ""
) -> QuerySet[PoolMove]:
    """Moves between pools, in no order; into these pools, for these causes, of the member with that number."""
    found = PoolMove.objects.select_related("member")
    if pools:
        found = found.filter(after__in=list(pools))
    if causes:
        found = found.filter(cause__in=list(causes))
    return found.filter(member__member_no=search) if search else found


# Both histories in one question: the story of a member asks many rooms.
_WAYS = """
    (SELECT 'stage' AS what, m.as_of::timestamp AT TIME ZONE %(zone)s AS at, m.before, m.after, '' AS cause,
            '' AS reason, '' AS actor
     FROM members_stagemove m
     WHERE m.tenant_id = %(tenant)s AND m.member_id = %(member)s AND m.as_of <= %(day)s
     ORDER BY m.as_of DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'pool', m.at, m.before, m.after, m.cause, m.reason, m.actor
     FROM members_poolmove m
     WHERE m.tenant_id = %(tenant)s AND m.member_id = %(member)s AND m.at < %(before)s
     ORDER BY m.at DESC, m.id DESC LIMIT %(limit)s)
    ORDER BY 2 DESC
"""


@dataclass(frozen=True)
class Way:
    """The member came to a stage or a pool; a stage's moment is the beginning of its local day."""

    what: str
    at: datetime
    before: str
    after: str
    cause: str
    reason: str
    actor: str


def ways_of(member_id: int, *, before: datetime, limit: int) -> list[Way]:
    """The member's newest moves between stages and between pools before a moment."""
    zone = current_tenant().timezone
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "member": member_id,
        "zone": zone,
        "before": before,
        "day": clock.local_date(before, zone),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, values)
        found = [Way(*row) for row in cursor.fetchall()]
    return [way for way in found if way.at < before][:limit]


def standing_of(member_id: int, *, day: date) -> MemberPulse | None:
    """The member's pulse, with ``verdict`` of the screening and ``value_acts``: [name, count] of 180 days."""
    acts = (
        Activity.objects.filter(
            member_id=OuterRef("member_id"),
            name__in=names_counting("value"),
            local_date__gt=day - timedelta(days=_VALUE_DAYS),
        )
        .order_by("name")
        .values("name")
        .annotate(told=JSONObject(name="name", n=Count("id")))
        .values("told")
    )
    verdict = Screening.objects.filter(member_id=OuterRef("member_id")).values("verdict")[:1]
    rows = MemberPulse.objects.filter(member_id=member_id)
    return rows.annotate(verdict=Subquery(verdict), value_acts=ArraySubquery(acts)).first()


def screenings_listed(
    *, verdicts: Collection[str] = (), is_bypass: bool | None = None, search: str = ""
) -> QuerySet[Screening]:
    """Screenings, in no order; by verdict, by the way they came, by the member's number."""
    found = Screening.objects.select_related("member")
    if verdicts:
        found = found.filter(verdict__in=list(verdicts))
    if is_bypass is not None:
        found = found.filter(is_bypass=is_bypass)
    return found.filter(member__member_no=search) if search else found


def screening_get(public_id: str) -> Screening:
    """The screening with that public id; NotFound otherwise."""
    found = Screening.objects.select_related("member").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def screening_ids(public_ids: Collection[str]) -> list[int]:
    """Keys of the screenings among these public ids; others are left out."""
    rows = Screening.objects.filter(public_id__in=[key for key in public_ids if key])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def screening_counts() -> Mapping[str, int]:
    """Screenings by verdict."""
    rows = Screening.objects.values_list("verdict").annotate(n=Count("id")).order_by()
    return {**dict.fromkeys(Verdict.values, 0), **dict(rows)}


def screenings_waiting() -> int:
    """How many newcomers wait."""
    return Screening.objects.filter(verdict=Verdict.PENDING).count()
