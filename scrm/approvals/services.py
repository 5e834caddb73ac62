"""Ask, decide, take back, let expire."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.access.services import operator_may
from scrm.approvals.kinds import APPROVAL_KINDS, ApprovalKind
from scrm.approvals.models import Approval, ApprovalState
from scrm.approvals.registers import NOTICE_DECIDED, NOTICE_WAITING
from scrm.approvals.selectors import actor_key
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, Forbidden, InvalidTransition, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.notices import notify

if TYPE_CHECKING:
    from django.utils.functional import Promise

WAITS = timedelta(days=14)
_LONGEST = 300
_PERSON = "operator"


class FourEyes(DomainError):
    """Who asked cannot be who agrees."""

    code = "four_eyes"
    kind = ErrorKind.CONFLICT


class ApprovalWaiting(DomainError):
    """The same thing waits for approval already."""

    code = "approval_waiting"
    kind = ErrorKind.CONFLICT


class ApprovalRequired(DomainError):
    """The deed wants a second person: ask for it in the console."""

    code = "approval_required"
    kind = ErrorKind.CONFLICT


class ApprovalOutdated(DomainError):
    """What was asked for is no longer what would be done: refuse it and ask anew."""

    code = "approval_outdated"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def approval_request(
    kind: str, *, subject: str, params: dict[str, Any], reason: str = ""
) -> Approval:
    """Ask for a deed. It is done with exactly these params once somebody else agrees."""
    known, asker = APPROVAL_KINDS[kind], actor_key()
    if not asker:
        message = "somebody has to ask: an approval has a requester"
        raise Forbidden(message)
    now = clock.now()
    approval = Approval(
        kind=kind,
        subject=subject,
        params=params,
        change=_change(known, params),
        reason=reason.strip()[:_LONGEST],
        requested_by=asker,
        requested_label=current_actor().label[:80],
        requested_at=now,
        expires_at=now + WAITS,
    )
    try:
        with transaction.atomic():
            approval.save()
    except IntegrityError as error:
        if "approval_waits_once" not in str(error):
            raise
        raise ApprovalWaiting(_("同一事项已在等待审批")) from error
    record(
        "approval.requested",
        object_type="approval",
        object_id=approval.public_id,
        after={"kind": kind, "subject": subject, "reason": approval.reason},
    )
    notify(
        NOTICE_WAITING,
        title=known.label,
        text=gettext_lazy("%(who)s 提交了申请，等待另一位同事审批。"),
        values={"who": approval.requested_label},
        permission=known.permission,
        page="approval",
        arguments={"approval_id": approval.public_id},
        once=f"approval:{approval.public_id}",
    )
    return approval


def _source(words: Any) -> str:
    """Chinese originals are stored; they are translated when they are read."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words)


def _change(kind: ApprovalKind, params: dict[str, Any]) -> list[list[str]]:
    return [[_source(line.label), line.before, line.after] for line in kind.describe(params)]


@transaction.atomic
def approval_decide(public_id: str, *, approve: bool, note: str = "") -> Approval:
    """Agree, which does the deed in this transaction, or refuse. Only a person other than the requester may."""
    approval = _waiting(public_id)
    kind, actor = APPROVAL_KINDS.get(approval.kind), current_actor()
    if kind is None:  # declared by a room that is gone: nobody can decide it, the night closes it
        raise NotFound
    if actor.kind != _PERSON or not operator_may(
        operator_id=int(actor.id), tenant_id=approval.tenant_id, permission=kind.permission
    ):
        raise Forbidden
    if approval.requested_by == actor_key():
        raise FourEyes(_("不能审批自己提交的申请，请由另一位同事处理"))
    if approval.expires_at <= clock.now():
        raise InvalidTransition(_("这项申请已过期"))
    _end(approval, ApprovalState.APPROVED if approve else ApprovalState.REJECTED, note=note)
    if approve:
        kind.apply(dict(approval.params))
    record(
        "approval.approved" if approve else "approval.rejected",
        object_type="approval",
        object_id=approval.public_id,
        before={"state": str(ApprovalState.WAITING)},
        after={"state": str(approval.state), "kind": kind.key, "subject": approval.subject}
        | ({"note": approval.note} if approval.note else {}),
    )
    _tell_requester(
        approval,
        text=gettext_lazy("%(who)s 处理了你的申请。"),
        values={"who": approval.decided_label},
    )
    return approval


def _end(approval: Approval, state: ApprovalState, *, note: str) -> None:
    approval.state, approval.note = state, note.strip()[:_LONGEST]
    approval.decided_by, approval.decided_label = actor_key(), current_actor().label[:80]
    approval.decided_at = clock.now()
    approval.save()


def _tell_requester(approval: Approval, *, text: Promise, values: dict[str, str]) -> None:
    kind = APPROVAL_KINDS.get(approval.kind)
    asker, _colon, key = approval.requested_by.partition(":")
    if asker != _PERSON:
        return
    notify(
        NOTICE_DECIDED,
        title=kind.label if kind else approval.kind,
        text=text,
        values=values,
        operator_id=int(key),
        page="approval",
        arguments={"approval_id": approval.public_id},
    )


def _waiting(public_id: str) -> Approval:
    approval = Approval.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if approval is None:
        raise NotFound
    if approval.state != ApprovalState.WAITING:
        raise InvalidTransition(_("这项申请已经处理过"), current=str(approval.state))
    return approval


@transaction.atomic
def approval_withdraw(public_id: str) -> Approval:
    """Take one's own request back."""
    approval = _waiting(public_id)
    if approval.requested_by != actor_key():
        raise NotFound
    _end(approval, ApprovalState.WITHDRAWN, note="")
    record("approval.withdrawn", object_type="approval", object_id=approval.public_id)
    return approval


@transaction.atomic
def approvals_expire() -> int:
    """Nightly: what nobody decided in two weeks has to be asked anew, and whoever asked is told."""
    late = list(
        Approval.objects.select_for_update(of=("self",))
        .filter(state=ApprovalState.WAITING, expires_at__lte=clock.now())
        .order_by("pk")
    )
    for approval in late:
        approval.state, approval.decided_at = ApprovalState.EXPIRED, clock.now()
        approval.save()
        record(
            "approval.expired",
            object_type="approval",
            object_id=approval.public_id,
            before={"state": str(ApprovalState.WAITING)},
            after={
                "state": str(approval.state),
                "kind": approval.kind,
                "subject": approval.subject,
            },
        )
        _tell_requester(
            approval,
            text=gettext_lazy("14 天内没有人审批，申请已过期。仍然需要时请重新提交。"),
            values={},
        )
    return len(late)
