"""Stages and pools in the member list, in merges and outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergeParticipant, merge_participant_register
from members.lifecycle.merging import (
    merge_move,
    merge_preview,
    merge_settle,
    split_restore,
    split_settle,
)
from members.lifecycle.models import Stage
from members.lifecycle.selectors import pool_names, score_points, stage_names
from members.people.columns import MemberColumn, column_register
from members.people.public_ids import member_public_ids
from scrm.events.bus import Event
from scrm.webhooks.types import Data, id_schema, in_parts, object_schema, webhook_type_register

_STAGE = {"type": "string", "enum": list(Stage.values), "description": "A stage of life."}


def _changed(event: Event) -> Sequence[Data]:
    moves = event.payload["moves"]
    public = member_public_ids([move[0] for move in moves])
    rows = [
        {"id": public[key], "before": before, "stage": after}
        for key, before, after in moves
        if key in public
    ]
    return [{"as_of": event.payload["as_of"], "members": part} for part in in_parts(rows)]


webhook_type_register(
    "member.stage_changed",
    source="member.stage_changed",
    label=_("生命周期变化"),
    doc="Members came to another stage of life in the night of that local day, up to a hundred a message.",
    schema=object_schema(
        as_of={
            "type": "string",
            "format": "date",
            "description": "The local day it was settled for.",
        },
        members={
            "type": "array",
            "minItems": 1,
            "items": object_schema(
                id=id_schema("mem", "The member."),
                before={**_STAGE, "description": "The stage before."},
                stage={**_STAGE, "description": "The stage now."},
            ),
        },
    ),
    example={
        "as_of": "2026-03-01",
        "members": [{"id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr", "before": "mature", "stage": "loyal"}],
    },
    data=_changed,
)
for _key, _label, _fetch, _order in (
    ("stage", _("生命周期"), stage_names, 46),
    ("pool", _("粉丝池"), pool_names, 47),
    ("contribution", _("用户贡献值"), score_points, 48),
):
    column_register(
        MemberColumn(
            key=_key,
            label=_label,
            order=_order,
            fetch=_fetch,
            permission="pools.view",
            optional=True,
        )
    )
merge_participant_register(
    MergeParticipant(
        key="pulse",
        order=85,
        label=_("生命周期与粉丝池"),
        # What was said of an account that has gone stays with that account.
        tables=("members.memberpulse", "members.stagemove"),
        preview=merge_preview,
        move=merge_move,
        settle=merge_settle,
        restore=split_restore,
        settle_split=split_settle,
    )
)
