"""Look up what members did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet

from members.activity.models import Activity
from members.activity.names import names_counting

_VALUE_DAYS = 180


def activities_of(member_id: int, *, before: datetime, limit: int) -> list[Activity]:
    """The member's newest facts before a moment."""
    rows = Activity.objects.filter(member_id=member_id, occurred_at__lt=before)
    return list(rows.order_by("-occurred_at", "-id")[:limit])


def activities_listed(member_id: int) -> QuerySet[Activity]:
    """Everything the member did, in no order."""
    return Activity.objects.filter(member_id=member_id)


def value_acts_of(member_id: int, *, day: date) -> Mapping[str, int]:
    """How often the member did what helps others and themselves (M-20), past 180 days, by name."""
    rows = Activity.objects.filter(
        member_id=member_id,
        name__in=names_counting("value"),
        local_date__gt=day - timedelta(days=_VALUE_DAYS),
    )
    return dict(rows.values_list("name").annotate(n=Count("id")).order_by("name"))
