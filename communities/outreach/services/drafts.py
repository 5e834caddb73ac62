"""Write a push, and let it go at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from communities.outreach.models import Push, PushRecipient
from communities.outreach.rules import Purpose, PushState, text_check
from communities.outreach.services.media import attachments_check
from communities.outreach.services.states import push_lock, push_state_set
from members.segments.models import Segment
from members.segments.selectors import segment_count
from scrm.approvals.services import ApprovalRequired
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.tenants.settings import setting
from scrm.wecom.gateway import corps_active
from scrm.wecom.models import WeComCorp

NAME_LENGTH = 60
LATEST = timedelta(days=366)


def _segment(public_id: str) -> Segment | None:
    if not public_id:
        return None
    segment = Segment.objects.filter(public_id=public_id, archived_at=None).first()
    if segment is None:
        raise InvalidValue("no such segment", pointer="/segment")
    return segment


def _corp(public_id: str) -> WeComCorp | None:
    """The named application, or the tenant's first when none is named."""
    corps = corps_active()
    if not public_id:
        return corps[0] if corps else None
    found = next((corp for corp in corps if corp.public_id == public_id), None)
    if found is None:
        raise InvalidValue("no such WeCom application", pointer="/corp")
    return found


def push_shown(push: Push) -> dict[str, Any]:
    """What people chose, as audit rows and approvals keep it."""
    return {
        "name": push.name,
        "purpose": push.purpose,
        "segment": push.segment.public_id if push.segment else "",
        "text": push.text,
        "attachments": push.attachments,
        "scheduled_at": push.scheduled_at.isoformat() if push.scheduled_at else None,
    }


@transaction.atomic
def push_create(
    *,
    name: str,
    segment: str = "",
    text: str = "",
    attachments: Sequence[Mapping[str, Any]] = (),
    purpose: str = Purpose.MARKETING,
    corp: str = "",
    scheduled_at: datetime | None = None,
) -> Push:
    """A draft. Nothing leaves before it is scheduled."""
    push = Push(
        name=_name(name),
        segment=_segment(segment),
        corp=_corp(corp),
        text=text_check(text),
        attachments=attachments_check(attachments),
        purpose=_purpose(purpose),
        scheduled_at=scheduled_at,
        created_by=current_actor().label,
    )
    push.save()
    record("push.created", object_type="push", object_id=push.public_id, after=push_shown(push))
    return push


def _name(name: str) -> str:
    cleaned = name.strip()
    if not cleaned or len(cleaned) > NAME_LENGTH:
        raise InvalidValue("a name has 1 to 60 characters", pointer="/name")
    return cleaned


def _purpose(purpose: str) -> str:
    if purpose not in set(Purpose):
        raise InvalidValue("purpose is marketing or service", pointer="/purpose")
    return str(purpose)


@transaction.atomic
def push_update(*, public_id: str, changes: Mapping[str, Any]) -> Push:
    """Change a draft: name, segment, text, attachments, purpose, scheduled_at."""
    push = _draft(public_id)
    before = push_shown(push)
    readers: dict[str, Callable[[Any], Any]] = {
        "name": _name,
        "segment": _segment,
        "text": text_check,
        "attachments": attachments_check,
        "purpose": _purpose,
        "scheduled_at": lambda at: at,
    }
    for field, value in changes.items():
        if field not in readers:
            raise InvalidValue(f"unknown field {field}", pointer=f"/{field}")
        setattr(push, field, readers[field](value))
    if push.corp_id is None:
        push.corp = _corp("")
    push.save()
    record(
        "push.updated",
        object_type="push",
        object_id=push.public_id,
        before=before,
        after=push_shown(push),
    )
    return push


def _draft(public_id: str) -> Push:
    push = push_lock(public_id)
    if push is None:
        raise NotFound
    if push.state != PushState.DRAFT:
        raise InvalidTransition(f"push is {push.state}", current=str(push.state))
    return push


@transaction.atomic
def push_delete(*, public_id: str) -> dict[str, Any]:
    """Throw a draft away; what `push_restore` needs to bring it back."""
    push = _draft(public_id)
    shown = push_shown(push)
    record("push.deleted", object_type="push", object_id=push.public_id, before=shown)
    kept = {"public_id": push.public_id, "corp_id": push.corp_id, "created_by": push.created_by}
    push.delete()
    return {**shown, **kept}


@transaction.atomic
def push_restore(kept: Mapping[str, Any]) -> Push:
    """Bring a draft back that was thrown away, under its old id; a repeat changes nothing."""
    known = Push.objects.filter(public_id=kept["public_id"]).first()
    if known is not None:
        return known
    at = kept["scheduled_at"]
    push = Push.objects.create(
        public_id=kept["public_id"],
        name=kept["name"],
        purpose=kept["purpose"],
        # Its audience may have been archived since: the draft then waits for another.
        segment=Segment.objects.filter(public_id=kept["segment"], archived_at=None).first(),
        corp=WeComCorp.objects.filter(pk=kept["corp_id"]).first(),
        text=kept["text"],
        attachments=kept["attachments"],
        scheduled_at=datetime.fromisoformat(at) if at else None,
        created_by=kept["created_by"],
    )
    record("push.restored", object_type="push", object_id=push.public_id, after=push_shown(push))
    return push


@transaction.atomic
def push_schedule(
    *, public_id: str, scheduled_at: datetime | None = None, is_approved: bool = False
) -> Push:
    """Let a complete draft go, at once or at a time. A repeat of the same call changes nothing.

    ApprovalRequired where the audience wants a second pair of eyes and nobody has looked yet.
    """
    push = push_lock(public_id)
    if push is None:
        raise NotFound
    now = clock.now()
    at = scheduled_at or push.scheduled_at or now
    if push.state == PushState.SCHEDULED and (scheduled_at is None or push.scheduled_at == at):
        return push
    push_complete(push)
    if at > now + LATEST:
        raise InvalidValue("the time is more than a year away", pointer="/scheduled_at")
    if not is_approved:
        _one_may_send(push)
    push_state_set(
        push,
        PushState.SCHEDULED,
        scheduled_at=max(at, now),
        # A rule that is changed before the audience is written down must not reach more than was agreed to.
        rule=push.segment.rule if push.segment else None,
    )
    record(
        "push.scheduled",
        object_type="push",
        object_id=push.public_id,
        after={"scheduled_at": push.scheduled_at.isoformat() if push.scheduled_at else None},
    )
    ring("push")
    return push


def push_wants_approval(push: Push) -> bool:
    """Whether the audience is larger than what one person may send to alone."""
    limit = int(setting("push.approval_above"))
    return bool(limit) and push.segment is not None and segment_count(push.segment.rule) > limit


def _one_may_send(push: Push) -> None:
    if push_wants_approval(push):
        raise ApprovalRequired(_("人群超过品牌设定的人数，请在后台提交，由另一位同事审批"))


def push_complete(push: Push) -> None:
    """InvalidValue for what a push cannot leave without; takes the brand's application if none is named."""
    if push.segment_id is None:
        raise InvalidValue("choose a segment", pointer="/segment")
    if not push.text.strip() and not push.attachments:
        raise InvalidValue("text and attachments are both empty", pointer="/text")
    if push.corp_id is None:
        push.corp = _corp("")
    if push.corp_id is None:
        raise InvalidValue("no WeCom application is bound", pointer="/corp")


@transaction.atomic
def push_cancel(*, public_id: str) -> Push:
    """Call a scheduled push off before it begins."""
    push = push_lock(public_id)
    if push is None:
        raise NotFound
    PushRecipient.objects.filter(push=push).delete()
    push_state_set(push, PushState.CANCELLED)
    record("push.cancelled", object_type="push", object_id=push.public_id)
    return push
