"""Large pushes want four eyes: one person writes, another lets it go (setting ``push.approval_above``)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.outreach.models import Push
from communities.outreach.rules import PushState
from communities.outreach.services.drafts import (
    push_complete,
    push_schedule,
    push_shown,
    push_wants_approval,
)
from communities.outreach.services.states import push_lock
from members.segments.selectors import segment_count
from scrm.approvals.kinds import Change
from scrm.approvals.models import Approval
from scrm.approvals.services import ApprovalOutdated, approval_request
from scrm.core import clock
from scrm.core.errors import InvalidTransition, NotFound
from scrm.tenants.context import current_tenant

KIND = "push.large"


@transaction.atomic
def push_submit(*, public_id: str, reason: str = "") -> Approval | None:
    """Let a draft go, or ask for it: the approval that now waits, or None when the push is on its way."""
    push = push_lock(public_id)
    if push is None:
        raise NotFound
    if push.state != PushState.DRAFT:
        raise InvalidTransition(f"push is {push.state}", current=str(push.state))
    if not push_wants_approval(push):
        push_schedule(public_id=public_id)
        return None
    push_complete(push)  # what would be refused later is refused now
    return approval_request(
        KIND,
        subject=public_id,
        params={"push": public_id, "seal": _seal(push)},
        reason=reason,
    )


def push_approved(params: dict[str, Any]) -> Push:
    """Let exactly what was shown to the approver go; ApprovalOutdated if it was changed since."""
    push = push_lock(params["push"])
    if push is None or push.state != PushState.DRAFT or _seal(push) != params["seal"]:
        raise ApprovalOutdated(_("推送在提交审批后有改动，请驳回后重新提交"))
    return push_schedule(public_id=push.public_id, is_approved=True)


def _seal(push: Push) -> str:
    # The rule too: an audience that grows between the question and the answer was agreed to by nobody.
    shown = {**push_shown(push), "rule": push.segment.rule if push.segment else None}
    told = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def push_changes(params: dict[str, Any]) -> list[Change]:
    """What the approver reads: whom, what, when."""
    push = push_lock(params["push"])
    if push is None:
        raise NotFound
    people = segment_count(push.segment.rule) if push.segment else 0
    at = push.scheduled_at
    local = at.astimezone(clock.zone_info(current_tenant().timezone)) if at else None
    rows = (
        (gettext_noop("名称"), push.name),
        (gettext_noop("人群"), push.segment.name if push.segment else ""),
        (gettext_noop("人群人数"), f"{people:,}"),
        (gettext_noop("文字"), push.text),
        (
            gettext_noop("附件"),
            "、".join(str(part.get("msgtype", "")) for part in push.attachments),
        ),
        (gettext_noop("发送时间"), f"{local:%Y-%m-%d %H:%M}")
        if local
        else (gettext_noop("通过后立即发送"), "✓"),
    )
    return [Change(label=label, before="", after=after) for label, after in rows]
