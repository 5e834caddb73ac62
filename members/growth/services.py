"""Keep growth entries what the facts say; the ledger and the account hear the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.growth.models import GrowthAccount, GrowthEntry
from members.growth.posting import Change, changes_post
from members.growth.rules import Entry, entries_of
from members.orders.earning import OrderFacts
from members.orders.selectors import order_facts, order_members
from members.people.selectors import living_ids
from members.rows import Col, rows_insert, rows_update
from members.segments.dirty import mark_dirty
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id

ORDER = "order"
_NEW = (
    Col("member_id", "bigint"),
    Col("origin", "bigint"),
    Col("order_id", "bigint"),
    Col("source_type", "text"),
    Col("source_id", "text"),
    Col("cause", "text"),
    Col("amount", "bigint"),
    Col("effective_at", "timestamptz"),
    Col("occurred_at", "timestamptz"),
    Col("version", "int"),
)
_MOVED = (
    Col("member_id", "bigint"),
    Col("origin", "bigint"),
    Col("amount", "bigint"),
    Col("effective_at", "timestamptz"),
    Col("occurred_at", "timestamptz"),
    Col("version", "int"),
)
_LIFETIME = """
    UPDATE members_growthaccount a SET lifetime = a.lifetime + d.amount, updated_at = statement_timestamp()
      FROM unnest(%s::bigint[], %s::bigint[]) AS d(member_id, amount)
     WHERE a.tenant_id = %s AND a.member_id = d.member_id
"""


def accounts_lock(member_ids: Iterable[int]) -> None:
    """Hold these members' growth and tiers until the transaction ends, in key order."""
    wanted = sorted(set(member_ids))
    if len(_lock(wanted)) < len(wanted):
        GrowthAccount.objects.bulk_create(
            [GrowthAccount(member_id=key) for key in wanted], ignore_conflicts=True
        )
        _lock(wanted)


def _lock(member_ids: list[int]) -> list[int]:
    rows = GrowthAccount.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(member_id__in=member_ids).order_by("member_id")
    return list(found.values_list("member_id", flat=True))


@transaction.atomic
def growth_settle(order_ids: Collection[int]) -> list[int]:
    """Bring the growth of these orders to what their facts say; returns the members it moved for.

    Any order, repetition or lateness of calls ends in the same entries (N-41).
    """
    if not order_ids:
        return []
    earlier = set(
        GrowthEntry.objects.filter(order_id__in=order_ids).values_list("member_id", flat=True)
    )
    living = living_ids(order_members(order_ids) | earlier, lock=True)
    accounts_lock(living.values())
    # Read under the locks: of two settlements at once, the later one sees the newer facts.
    known: dict[int, dict[str, GrowthEntry]] = defaultdict(dict)
    for row in GrowthEntry.objects.filter(order_id__in=order_ids):
        known[row.order_id or 0][row.cause] = row
    plan = _Plan()
    for order in order_facts(order_ids):
        holder = living.get(order.member_id, order.member_id)
        plan.compare(order, holder, known[order.order_id])
    return _carry_out(plan)


class _Plan:
    """Entries that are new, differ, or are no longer due."""

    def __init__(self) -> None:
        self.new: list[tuple[Any, ...]] = []
        self.differ: list[tuple[GrowthEntry, int, Entry]] = []
        self.gone: list[GrowthEntry] = []

    def compare(self, order: OrderFacts, holder: int, known: dict[str, GrowthEntry]) -> None:
        wanted = {entry.cause: entry for entry in entries_of(order)}
        # What is said later of a merged member's order belongs with what was said before.
        origin = next((row.origin for row in known.values() if row.member_id == holder), None)
        for cause, entry in wanted.items():
            row = known.get(cause)
            if row is None:
                self.new.append(
                    (
                        holder, origin, order.order_id, ORDER, order.source_id, cause, entry.amount,
                        entry.effective_at, entry.occurred_at, 1,
                    )
                )  # fmt: skip
            elif (row.member_id, row.amount, row.effective_at, row.occurred_at) != (
                holder, entry.amount, entry.effective_at, entry.occurred_at,
            ):  # fmt: skip
                self.differ.append((row, holder, entry))
        self.gone += [row for cause, row in known.items() if cause not in wanted]


def _carry_out(plan: _Plan) -> list[int]:
    changes: list[Change] = []
    for key, member_id, cause, amount, at in rows_insert(
        GrowthEntry, _NEW, plan.new, returning="id, member_id, cause, amount, occurred_at"
    ):
        changes.append(_change(member_id, amount, cause, f"growth/{key}/1", at))
    updates: list[tuple[Any, ...]] = []
    for row, holder, entry in plan.differ:
        name = f"growth/{row.pk}/{row.version + 1}"
        if holder == row.member_id:
            parts = [(holder, entry.amount - row.amount, name)]
        else:
            parts = [(row.member_id, -row.amount, f"{name}/out"), (holder, entry.amount, name)]
        changes += [
            _change(member_id, amount, row.cause, reference, entry.occurred_at)
            for member_id, amount, reference in parts
        ]
        updates.append(
            (
                row.pk, holder, row.origin if holder == row.member_id else None, entry.amount,
                entry.effective_at, entry.occurred_at, row.version + 1,
            )
        )  # fmt: skip
    for row in plan.gone:
        name = f"growth/{row.pk}/{row.version + 1}"
        changes.append(_change(row.member_id, -row.amount, row.cause, name, row.occurred_at))
    rows_update(GrowthEntry, _MOVED, updates)
    GrowthEntry.objects.filter(pk__in=[row.pk for row in plan.gone]).delete()
    touched = {change.member_id for change in changes}
    changes_apply(changes)
    return sorted(touched)


def _change(member_id: int, amount: int, cause: str, reference: str, at: datetime) -> Change:
    reason = f"growth.{cause.partition(':')[0]}"
    return Change(member_id=member_id, amount=amount, reason=reason, reference=reference, at=at)


def changes_apply(changes: Sequence[Change]) -> None:
    """Ledger and account of everybody concerned, under their locks."""
    changes_post(changes)
    sums: dict[int, int] = defaultdict(int)
    for change in changes:
        sums[change.member_id] += change.amount
    moved = {key: amount for key, amount in sorted(sums.items()) if amount}
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_LIFETIME, [list(moved), list(moved.values()), require_tenant_id()])
        mark_dirty(list(moved), "growth")


@transaction.atomic
def growth_grant(
    *,
    member_id: int,
    amount: int,
    source_type: str,
    source_id: str,
    effective_at: datetime | None = None,
) -> bool:
    """Give growth that comes from no order, once per source (PT-05); False for a repetition.

    What is given this way is never negative: an order's reversal could not be carried then.
    """
    if amount <= 0:
        raise InvalidValue("growth is given in positive whole units", pointer="/amount")
    if source_type == ORDER or not source_id:
        raise InvalidValue("say where the growth comes from", pointer="/source_id")
    now = clock.now()
    member_id = living_ids([member_id], lock=True)[member_id]
    accounts_lock([member_id])
    row = (
        member_id, None, None, source_type, source_id, "grant", amount,
        min(effective_at or now, now), now, 1,
    )  # fmt: skip
    made = rows_insert(GrowthEntry, _NEW, [row], conflict="ON CONFLICT DO NOTHING", returning="id")
    if not made:
        return False
    changes_apply([_change(member_id, amount, "grant", f"growth/{made[0][0]}/1", now)])
    publish("growth.changed", payload={"member_ids": [member_id]})
    return True
