"""Pools in merges and outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergeParticipant, merge_participant_register
from members.identity.rowmoves import rows_participant
from members.lifecycle.models import Pool
from members.people.public_ids import member_public_ids
from members.pools.models import Screening
from scrm.events.bus import Event
from scrm.webhooks.types import Data, id_schema, in_parts, object_schema, webhook_type_register

_POOL = {"type": "string", "enum": list(Pool.values)}


def _changed(event: Event) -> Sequence[Data]:
    told = event.payload
    public = member_public_ids([move[0] for move in told["moves"]])
    rows = [
        {"id": public[key], "before": before, "pool": after}
        for key, before, after in told["moves"]
        if key in public
    ]
    return [{"cause": told["cause"], "at": told["at"], "members": part} for part in in_parts(rows)]


webhook_type_register(
    "member.pool_changed",
    source="member.pool_changed",
    label=_("粉丝池变化"),
    doc="Members came to another pool, forward or back, up to a hundred a message.",
    schema=object_schema(
        cause={
            "type": "string",
            "description": "action, value, true_fan, no_longer, hand or undone.",
        },
        at={"type": "string", "format": "date-time", "description": "Since when."},
        members={
            "type": "array",
            "minItems": 1,
            "items": object_schema(
                id=id_schema("mem", "The member."),
                before={**_POOL, "description": "The pool before."},
                pool={**_POOL, "description": "The pool now."},
            ),
        },
    ),
    example={
        "cause": "action",
        "at": "2026-03-01T10:15:00+08:00",
        "members": [
            {
                "id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr",
                "before": "public",
                "pool": "territory",
            }
        ],
    },
    data=_changed,
)
# What was said of an account that has gone stays with that account.
merge_participant_register(
    MergeParticipant(
        key="pool_moves", order=86, label=_("粉丝池移动记录"), tables=("members.poolmove",)
    )
)
# One screening a person: the one who stays has had theirs.
merge_participant_register(
    rows_participant("screenings", Screening, order=87, label=_("初筛"), twins=("tenant_id",))
)
