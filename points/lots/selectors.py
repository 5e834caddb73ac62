"""Reads of lots and spends."""

from __future__ import annotations

from datetime import datetime

from points.lots.models import PointsAccount, Spend
from scrm.core.errors import NotFound


def members_due(until: datetime, *, limit: int) -> list[int]:
    """Members with a lot that starts to count or lapses by then, the earliest first."""
    return list(
        PointsAccount.objects.filter(next_due_at__lte=until)
        .order_by("next_due_at", "id")
        .values_list("member_id", flat=True)[:limit]
    )


def spend_by_reference(reference: str) -> Spend | None:
    """The spend that a reference made, if it made one."""
    return Spend.objects.filter(reference=reference).first()


def spend_get(public_id: str) -> Spend:
    """The spend with that public id; NotFound otherwise."""
    spend = Spend.objects.filter(public_id=public_id).first()
    if spend is None:
        raise NotFound
    return spend
