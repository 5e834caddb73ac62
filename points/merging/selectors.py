"""What stands between two accounts of points that are to become one, and what became of them since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Collate, Concat
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from members.identity.participants import Effect, MergePair
from members.people.selectors import person_ids
from points.lots.books import lot_facts, offsets_cash, person_joins, spend_facts
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.rules import LotState, standing_of
from scrm.console.writing import thousands
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

# Flows by which one lot, or somebody's debt, pays for another: where none of them moved since the merge, every
# lot stands as it would without it.
_CROSSING = ["pay", "cut", "debt", "offset", "hold", "capture", "deduct"]
_ALONE = ["earn", "grant", "adjust", "activate", "expire", "cut_pending"]
_MARK = """
    SELECT coalesce((
        SELECT md5(string_agg(id || (flows - %(alone)s::text[])::text, ',' ORDER BY id)) FROM points_lot
         WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) AND flows ?| %(crossing)s::text[]
    ), '') || coalesce((
        SELECT md5(string_agg(concat_ws('/', id, version, captured_at IS NULL, voided_at IS NULL), ',' ORDER BY id))
          FROM points_spend WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s)
    ), '')
"""
_SUMS = """
    SELECT coalesce(sum(remaining) FILTER (WHERE state <> 'pending'), 0)::bigint,
           coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0)::bigint,
           coalesce(sum(held), 0)::bigint,
           coalesce(sum(remaining) FILTER (WHERE state = 'available' AND expires_at <= %(soon)s), 0)::bigint,
           least(min(available_at) FILTER (WHERE state = 'pending' AND remaining > 0),
                 min(expires_at) FILTER (WHERE state = 'available'))
      FROM points_lot WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s)
"""


@dataclass(frozen=True, kw_only=True)
class LotSums:
    """What some lots add up to, as they are stored."""

    available: int
    pending: int
    held: int
    expiring_30d: int
    next_due_at: datetime | None


def open_holds(source_id: int, _target_id: int) -> list[str | Promise]:
    """Points somebody has set aside and not yet taken (EC-50). Of accounts merged before none can be open."""
    holds = Spend.objects.filter(member_id=source_id, captured_at=None, voided_at=None)
    return [_("被合并方有使用中（冻结）的积分，请先完成或取消")] if holds.exists() else []


def join_effects(source_id: int, target_id: int) -> list[Effect]:
    """Balances add up; what one owes is paid by what the other has."""
    rows = PointsAccount.objects.filter(member_id__in=(source_id, target_id))
    found = {row.member_id: row for row in rows}
    ours = found.get(source_id, PointsAccount())
    theirs = found.get(target_id, PointsAccount())
    available, debt = ours.available + theirs.available, ours.debt + theirs.debt
    lines = (
        (_("可用积分"), ours.available, theirs.available, max(0, available - debt)),
        (_("待生效积分"), ours.pending, theirs.pending, ours.pending + theirs.pending),
        (_("欠积分"), ours.debt, theirs.debt, max(0, debt - available)),
    )
    return [
        Effect(label=label, source=str(one), target=str(two), after=str(after))
        for place, (label, one, two, after) in enumerate(lines)
        if place == 0 or one or two
    ]


def lots_going(pair: MergePair) -> int:
    """How many lots a split takes back with the source."""
    mine = person_ids([pair.source_id])[pair.source_id]
    return Lot.objects.filter(member_id__in=mine, qty__gt=0).count()


def debt_left(pair: MergePair) -> list[str | Promise]:
    """What was spent together stays with the target: said before a split if its own points do not cover it."""
    persons = person_ids([pair.source_id, pair.target_id])
    theirs = set(persons[pair.target_id]) - set(persons[pair.source_id])
    # Merges among the accounts that stay; of a single account there are none.
    joins = person_joins({pair.target_id: theirs}).get(pair.target_id, ())
    alone = standing_of(
        [lot_facts(lot) for lot in Lot.objects.filter(member_id__in=theirs)],
        [spend_facts(spend) for spend in Spend.objects.filter(member_id__in=theirs)],
        at=clock.now(),
        offsets_cash=offsets_cash(),
        joins=[join for join in joins if join.origin in theirs],
    )
    if not alone.debt:
        return []
    told = {"debt": thousands(alone.debt)}
    return [_("合并后用掉的积分算在保留方：拆分后保留方欠 %(debt)s 积分") % told]


def lots_to_pay(member_ids: Collection[int]) -> QuerySet[Lot]:
    """Lots with points that can be spent, in the order of N-8."""
    key = Collate(Concat("source_type", Value(":"), "source_id"), "C")
    return Lot.objects.filter(
        Q(member_id__in=list(member_ids), state=LotState.AVAILABLE, remaining__gt=0)
    ).order_by(
        F("expires_at").asc(nulls_last=True),
        F("available_at").asc(nulls_last=True),
        "issued_at",
        key,
        "member_id",
    )


def crossing_mark(member_ids: Collection[int]) -> str:
    """Changes with every flow between lots of these members, and with every spend."""
    values = {"members": sorted(member_ids), "crossing": _CROSSING, "alone": _ALONE}
    return str(_one(_MARK, values)[0])


def lot_sums(member_ids: Collection[int], *, soon: datetime) -> LotSums:
    """Add up what these members' lots hold."""
    row = _one(_SUMS, {"members": sorted(member_ids), "soon": soon})
    return LotSums(
        available=row[0], pending=row[1], held=row[2], expiring_30d=row[3], next_due_at=row[4]
    )


def has_points(member_ids: Collection[int]) -> bool:
    """Whether any lot or spend came to one of these accounts."""
    keys = list(member_ids)
    return (
        Lot.objects.filter(member_id__in=keys).exists()
        or Spend.objects.filter(member_id__in=keys).exists()
    )


def _one(sql: str, values: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": require_tenant_id(), **values})
        row: tuple[Any, ...] = cursor.fetchone()
        return row
