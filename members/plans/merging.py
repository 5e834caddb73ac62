"""Terms of two members who become one: each keeps its length, the later of two that overlap moves on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from members.identity.participants import MergePair, Moved
from members.identity.rowmoves import Rows
from members.plans.models import PaidMembership, TermState
from members.plans.rules import last_day
from members.plans.services import DIRTY
from members.segments.dirty import mark_dirty
from scrm.tenants.context import current_tenant

ROWS = Rows(PaidMembership)
_Kept = list[Any]


def terms_move(pair: MergePair, limit: int) -> Moved | None:
    """Take terms over; where two of one plan overlap, what was kept of them stands with the merge."""
    moved = ROWS.move(pair, limit)
    if moved is None:
        return None
    mark_dirty([pair.source_id, pair.target_id], DIRTY)
    return Moved(ids=moved.ids, data={"terms": _lined_up(pair.target_id)})


def _lined_up(member_id: int) -> list[_Kept]:
    rows = PaidMembership.objects.filter(member_id=member_id, state=TermState.ACTIVE)
    kept: list[_Kept] = []
    for _plan, terms in groupby(rows.order_by("plan_id", "from_at", "pk"), lambda row: row.plan_id):
        end: datetime | None = None
        for term in terms:
            if end is not None and term.from_at < end:
                before = [term.from_at, term.until, term.anchor]
                months = term.months
                _shift(term, end - term.from_at)
                dates = [*before, term.from_at, term.until]
                kept.append([term.pk, *(each.isoformat() for each in dates), months])
            end = term.until
    return kept


def _shift(term: PaidMembership, by: timedelta) -> None:
    term.from_at, term.until = term.from_at + by, term.until + by
    # What is renewed after it goes on from its last day.
    term.anchor, term.months = last_day(term.until, current_tenant().timezone), 0
    term.save(update_fields=["from_at", "until", "anchor", "months", "updated_at"])


def terms_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """Take terms back, with the dates they had, unless somebody changed them since."""
    ROWS.restore(pair, parts)
    for part in parts:
        for key, from_at, until, anchor, now_from, now_until, months in part.data.get("terms", ()):
            PaidMembership.objects.filter(pk=key, from_at=now_from, until=now_until).update(
                from_at=from_at, until=until, anchor=anchor, months=months
            )
    mark_dirty([pair.source_id, pair.target_id], DIRTY)
