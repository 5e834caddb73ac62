"""What the room tells others: its jobs, how consents follow a merge, and whom WeCom may not bring back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.identity.participants import (
    MergePair,
    MergeParticipant,
    merge_participant_register,
)
from members.identity.rowmoves import Rows
from members.people.columns import MemberColumn, column_register
from members.people.public_ids import member_public_ids
from members.privacy.consents import CHANNELS, marketing_settle, reachable_by
from members.privacy.erasure import erase_run
from members.privacy.exporting import export_run
from members.privacy.models import Consent
from members.privacy.services import ERASE, EXPORT
from members.privacy.tombstones import contacts_back, contacts_erased
from scrm.events.bus import Event
from scrm.events.jobs.services import job_kind_register
from scrm.webhooks.types import Data, ids_schema, in_parts, object_schema, webhook_type_register
from scrm.wecom.contacts.gate import ContactGate, contact_gate_register

_CONSENTS = Rows(Consent)

job_kind_register(EXPORT, _("导出个人信息"), body=export_run, permission="members.export_person")
job_kind_register(ERASE, _("清除个人信息"), body=erase_run, permission="members.erase")
contact_gate_register(ContactGate(erased=contacts_erased, back=contacts_back))


def _settle(pair: MergePair) -> None:
    """What the one person said last, by whichever account, holds."""
    marketing_settle([pair.target_id])


def _settle_split(pair: MergePair) -> None:
    marketing_settle([pair.source_id, pair.target_id])


merge_participant_register(
    MergeParticipant(
        key="consents",
        order=21,
        label=_("同意记录"),
        # Requests stay with the account that was asked about: they are history, as merges are.
        tables=("members.consent", "members.privacyrequest"),
        preview=_CONSENTS.preview(_("同意记录")),
        move=_CONSENTS.move,
        settle=_settle,
        restore=_CONSENTS.restore,
        settle_split=_settle_split,
    )
)


def _reach(member_ids: Any) -> dict[int, str]:
    found = reachable_by(member_ids)
    return {
        member_id: "、".join(str(CHANNELS[key]) for key in keys)
        for member_id, keys in found.items()
    }


column_register(
    MemberColumn(
        key="reach", label=_("可触达渠道"), order=41, optional=True, on_phone=False, fetch=_reach
    )
)


def _erased(event: Event) -> Sequence[Data]:
    public = member_public_ids(event.payload["member_ids"])
    return [{"member_ids": part} for part in in_parts(sorted(public.values()))]


webhook_type_register(
    "member.erased",
    source="member.erased",
    label=_("会员个人信息已清除"),
    doc="A person asked to be forgotten: forget what you keep of these ids, too. They answer with 404 now.",
    schema=object_schema(
        member_ids=ids_schema("mem", "The person's account and those merged into it.")
    ),
    example={"member_ids": ["mem_06f8z6xkq3vd2n0t5w9b7c1mhr"]},
    data=_erased,
)
