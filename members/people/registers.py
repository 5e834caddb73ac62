"""What brands may hear of members outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from members.people.public_ids import member_public_ids
from scrm.events.bus import Event
from scrm.webhooks.types import (
    Data,
    id_schema,
    ids_schema,
    in_parts,
    object_schema,
    webhook_type_register,
)

_SAMPLE, _OTHER = "mem_06f8z6xkq3vd2n0t5w9b7c1mhr", "mem_06f8z6xkq3vd2n0t5w9b7c1mhs"


def _created(event: Event) -> Sequence[Data]:
    public = member_public_ids(event.payload["member_ids"])
    ids = [public[key] for key in event.payload["member_ids"] if key in public]
    return [{"member_ids": part} for part in in_parts(ids)]


def _merged(event: Event) -> Sequence[Data]:
    source, target = event.payload["source_id"], event.payload["target_id"]
    public = member_public_ids([source, target])
    return [{"source_id": public[source], "target_id": public[target]}]


webhook_type_register(
    "member.created",
    source="member.created",
    label=_("新会员"),
    doc="Members were made, up to a hundred a message.",
    schema=object_schema(member_ids=ids_schema("mem", "The new members.")),
    example={"member_ids": [_SAMPLE]},
    data=_created,
)
webhook_type_register(
    "member.merged",
    source="member.merged",
    label=_("会员合并"),
    doc="One member went into another; the API answers for the source with the target.",
    schema=object_schema(
        source_id=id_schema("mem", "Who was merged."), target_id=id_schema("mem", "Who remains.")
    ),
    example={"source_id": _SAMPLE, "target_id": _OTHER},
    data=_merged,
)
webhook_type_register(
    "member.unmerged",
    source="member.unmerged",
    label=_("会员拆分"),
    doc="A merge was taken back: the first answers for itself again, with everything it had.",
    schema=object_schema(
        source_id=id_schema("mem", "Who is on their own again."),
        target_id=id_schema("mem", "Whom they had been merged into."),
    ),
    example={"source_id": _SAMPLE, "target_id": _OTHER},
    data=_merged,
)
