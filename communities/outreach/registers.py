"""What brands may hear of pushes outside, and which pushes a second person lets go."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from communities.outreach.events import PUSH_COMPLETED
from communities.outreach.rules import FINAL_STATES
from communities.outreach.services.asking import KIND, push_approved, push_changes
from communities.outreach.services.merging import RECIPIENTS, recipients_move
from communities.outreach.uses import segment_pushes
from members.identity.participants import MergeParticipant, merge_participant_register
from members.segments.uses import segment_use_register
from scrm.approvals.kinds import approval_kind_register
from scrm.events.bus import Event
from scrm.webhooks.types import Data, id_schema, object_schema, webhook_type_register

_COUNTS = ("total", "sent", "failed", "suppressed")


def _completed(event: Event) -> Sequence[Data]:
    return [{name: event.payload[name] for name in ("push_id", "state", *_COUNTS)}]


webhook_type_register(
    PUSH_COMPLETED,
    source=PUSH_COMPLETED,
    label=_("推送完成"),
    doc="A push reached its end.",
    schema=object_schema(
        push_id=id_schema("psh", "The push."),
        state={"type": "string", "enum": sorted(state.value for state in FINAL_STATES)},
        **{name: {"type": "integer", "minimum": 0} for name in _COUNTS},
    ),
    example={
        "push_id": "psh_06f8z6xkq3vd2n0t5w9b7c1mhr",
        "state": "done",
        "total": 1200,
        "sent": 1150,
        "failed": 30,
        "suppressed": 20,
    },
    data=_completed,
)
approval_kind_register(
    KIND,
    label=_("大规模推送"),
    permission="pushes.send",
    apply=push_approved,
    describe=push_changes,
    page="push-detail",
    argument="push_id",
)

merge_participant_register(
    MergeParticipant(
        key="communities",
        order=95,
        label=_("推送记录"),
        tables=("communities.pushrecipient",),
        preview=RECIPIENTS.preview(_("推送记录")),
        move=recipients_move,
        restore=RECIPIENTS.restore,
    )
)

segment_use_register("pushes", segment_pushes)
