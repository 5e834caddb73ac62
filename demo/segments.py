"""Segments as they stood on some nights: by today's facts, without whoever bought since."""

from __future__ import annotations

from datetime import date, timedelta

from pyroaring import BitMap64

from members.orders.models import MemberRollup
from members.segments.models import Segment, SegmentSnapshot
from members.segments.sets import rule_member_ids
from scrm.core import clock
from scrm.tenants.context import current_tenant

_NIGHTS = 9


def segment_nights_make(last: date) -> None:
    """Write down the nights that are missing, the last one included."""
    zone = current_tenant().timezone
    for segment in Segment.objects.filter(archived_at=None).order_by("pk"):
        kept = set(segment.snapshots.values_list("for_date", flat=True))
        for back in range(_NIGHTS):
            day = last - timedelta(days=back)
            if day in kept:
                continue
            since = MemberRollup.objects.filter(last_paid_date__gt=day)
            members = rule_member_ids(segment.rule, today=day)
            members -= BitMap64(since.values_list("member_id", flat=True))
            SegmentSnapshot.objects.create(
                segment=segment,
                for_date=day,
                taken_at=clock.local_midnight(day + timedelta(days=1), zone),
                count=len(members),
                members=members.serialize(),
            )
