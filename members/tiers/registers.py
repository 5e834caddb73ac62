"""What brands may hear of tiers outside; tiers in the member list and in the first-run checklist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergeParticipant, merge_participant_register
from members.people.columns import MemberColumn, column_register
from members.people.public_ids import member_public_ids
from members.tiers.merging import (
    merge_move,
    merge_preview,
    merge_settle,
    split_restore,
    split_settle,
)
from members.tiers.selectors import names_by_member, tiers_count
from scrm.events.bus import Event
from scrm.tenants.checklist import Rule, rule_register
from scrm.webhooks.types import (
    MOST_IDS,
    Data,
    id_schema,
    in_parts,
    object_schema,
    webhook_type_register,
)

_MEMBER = "mem"
_CODE = {"type": "string", "description": "Code of the tier."}
_SCHEMA = object_schema(
    members={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_IDS,
        "items": object_schema(
            id=id_schema(_MEMBER, "The member."),
            before={**_CODE, "description": "Code of the tier before."},
            tier={**_CODE, "description": "Code of the tier now."},
            at={"type": "string", "format": "date-time", "description": "Since when."},
        ),
    }
)
_TYPES = (
    ("upgraded", _("会员升级"), "Members rose to a higher tier."),
    ("grace_started", _("进入保级期"), "A tier ended without growth enough; it is kept in grace."),
    ("renewed", _("等级续期"), "Members keep their tier for another term."),
    ("downgraded", _("会员降级"), "Members fell to a lower tier."),
)


def _moved(kind: str) -> Callable[[Event], Sequence[Data]]:
    def data(event: Event) -> Sequence[Data]:
        moves = [move for move in event.payload["moves"] if move[3] == kind]
        public = member_public_ids([move[0] for move in moves])
        rows = [
            {"id": public[member_id], "before": before, "tier": after, "at": at}
            for member_id, before, after, _kind, at in moves
            if member_id in public
        ]
        return [{"members": part} for part in in_parts(rows)]

    return data


for _kind, _label, _doc in _TYPES:
    webhook_type_register(
        f"tier.{_kind}",
        source="tier.changed",
        label=_label,
        doc=_doc,
        schema=_SCHEMA,
        example={
            "members": [
                {
                    "id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr",
                    "before": "silver",
                    "tier": "gold",
                    "at": "2026-03-01T10:15:00+08:00",
                }
            ]
        },
        data=_moved(_kind),
    )
column_register(
    MemberColumn(
        key="tier",
        label=_("等级"),
        order=45,
        fetch=names_by_member,
        permission="tiers.view",
        optional=True,
    )
)
rule_register(Rule(key="tiers", count=tiers_count, page="tiers", permission="tiers.view"))
merge_participant_register(
    MergeParticipant(
        key="growth",
        order=60,
        label=_("成长值与等级"),
        tables=(
            "members.growthaccount",
            "members.growthentry",
            "members.membertier",
            "members.tierspell",
            "members.tierlock",
            "members.tiergiftgrant",
        ),
        preview=merge_preview,
        move=merge_move,
        settle=merge_settle,
        restore=split_restore,
        settle_split=split_settle,
    )
)
