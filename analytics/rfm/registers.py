"""RFM in the member list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from analytics.rfm.selectors import scores_by_member
from analytics.rfm.words import SEGMENT_WORDS
from members.people.columns import MemberColumn, column_register
from scrm.console.elements import Badge


def _badges(member_ids: Sequence[int]) -> Mapping[int, Badge]:
    return {
        member_id: Badge(SEGMENT_WORDS[score.segment].label, SEGMENT_WORDS[score.segment].tone)
        for member_id, score in scores_by_member(member_ids).items()
    }


column_register(
    MemberColumn(
        key="rfm",
        label=_("RFM 分群"),
        kind="tag",
        order=20,
        fetch=_badges,
        permission="analytics.view",
    )
)
