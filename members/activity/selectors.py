"""Look up what members did."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from members.activity.models import Activity


def activities_of(member_id: int, *, before: datetime, limit: int) -> list[Activity]:
    """The member's newest facts before a moment."""
    rows = Activity.objects.filter(member_id=member_id, occurred_at__lt=before)
    return list(rows.order_by("-occurred_at", "-id")[:limit])


def activities_listed(member_id: int) -> QuerySet[Activity]:
    """Everything the member did, in no order."""
    return Activity.objects.filter(member_id=member_id)
