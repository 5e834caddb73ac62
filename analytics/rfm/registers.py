"""RFM in the member list, and what brands hear of it outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from analytics.rfm.selectors import segments_by_member
from analytics.rfm.words import SEGMENT_WORDS
from members.identity.participants import MergeParticipant, merge_participant_register
from members.people.columns import MemberColumn, column_register
from scrm.console.elements import Badge
from scrm.events.bus import Event
from scrm.webhooks.types import Data, object_schema, webhook_type_register

_BADGES = {key: Badge(words.label, words.tone) for key, words in SEGMENT_WORDS.items()}


def _badges(member_ids: Sequence[int]) -> Mapping[int, Badge]:
    return {key: _BADGES[segment] for key, segment in segments_by_member(member_ids).items()}


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


def _completed(event: Event) -> Sequence[Data]:
    return [{name: event.payload[name] for name in ("as_of", "scored", "changed")}]


webhook_type_register(
    "rfm.completed",
    source="rfm.completed",
    label=_("RFM 计算完成"),
    doc="The night's scores are in; read them by the API.",
    schema=object_schema(
        as_of={"type": "string", "format": "date", "description": "The scored local day."},
        scored={"type": "integer", "minimum": 0, "description": "Members with a score."},
        changed={"type": "integer", "minimum": 0, "description": "Members whose score differs."},
    ),
    example={"as_of": "2026-11-21", "scored": 9120, "changed": 341},
    data=_completed,
)

# The night scores whoever lives: until then the scores stand as they were, and a split finds them again.
merge_participant_register(
    MergeParticipant(key="rfm", order=97, label=_("RFM"), tables=("analytics.rfmscore",))
)
