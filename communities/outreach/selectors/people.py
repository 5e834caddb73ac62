"""The members a segment holds right now."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from members.people.models import Member
from members.segments.models import Segment
from members.segments.selectors import segment_query


def segment_people(segment: Segment) -> QuerySet[Member]:
    """Everybody in the segment, in no order."""
    return segment_query(segment.rule)


def segment_members_among(segment: Segment, members: Sequence[int]) -> set[int]:
    """Those of these members who are in the segment still."""
    return set(segment_people(segment).filter(pk__in=members).values_list("pk", flat=True))


def segment_first_ids(segment: Segment, *, limit: int) -> list[int]:
    """Some of the segment's WeCom friends, for previews."""
    people = segment_people(segment).filter(is_wecom_friend=True)
    return list(people.order_by("pk").values_list("pk", flat=True)[:limit])
