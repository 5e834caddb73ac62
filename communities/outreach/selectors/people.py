"""The members a segment holds right now."""

from __future__ import annotations

from collections.abc import Sequence

from members.segments.models import Segment
from members.segments.selectors import segment_query


def segment_member_ids(segment: Segment, *, among: Sequence[int] | None = None) -> list[int]:
    """Keys of the segment's members in order; `among` narrows to these."""
    people = segment_query(segment.rule)
    if among is not None:
        people = people.filter(pk__in=among)
    return list(people.order_by("pk").values_list("pk", flat=True))


def segment_first_ids(segment: Segment, *, limit: int) -> list[int]:
    """Some of the segment's WeCom friends, for previews."""
    people = segment_query(segment.rule).filter(is_wecom_friend=True)
    return list(people.order_by("pk").values_list("pk", flat=True)[:limit])
