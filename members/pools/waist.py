"""Waist candidates (M-06): a segment every brand begins with, by orders, interaction and reach."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from members.segments.models import Segment
from members.segments.services import segment_create

NAME = "腰部候选"
RULE: dict[str, Any] = {
    "all": [
        {"field": "lifecycle.stage", "op": "in", "value": ["growing", "mature", "loyal"]},
        {"field": "contribution.score", "op": "gte", "value": 10},
        {"field": "member.is_wecom_friend", "op": "is", "value": True},
        {"field": "pool.stage", "op": "not_in", "value": ["core", "true_fan"]},
    ]
}


def waist_segment_make() -> None:
    """Make it once; a brand that renames it, changes it or puts it away keeps its own will."""
    if Segment.objects.filter(name=NAME).exists():
        return
    segment_create(
        name=NAME,
        rule=RULE,
        description=_("成长、成熟或忠诚，有贡献，可以企微触达，还不是核心粉丝"),
    )


def waist_segment() -> Segment | None:
    """The segment while it is in use."""
    return Segment.objects.filter(name=NAME, archived_at=None).first()
