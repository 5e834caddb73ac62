"""What waits, and what was decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from django.db.models import Q

from scrm.approvals.kinds import APPROVAL_KINDS, kinds_decided_by
from scrm.approvals.models import Approval, ApprovalState
from scrm.core.errors import NotFound
from scrm.events.actor import current_actor

if TYPE_CHECKING:
    from django.db.models import QuerySet

_PERSON = "operator"


def actor_key() -> str:
    """Who acts, as approvals write people: ``operator:12``, ``api_key:key_…``."""
    actor = current_actor()
    return f"{actor.kind}:{actor.id}" if actor.id else ""


def approvals_visible(permissions: Collection[str]) -> QuerySet[Approval]:
    """What this person asked for or may decide."""
    return Approval.objects.filter(
        Q(kind__in=kinds_decided_by(permissions)) | Q(requested_by=actor_key())
    )


def approvals_listed(
    permissions: Collection[str], *, states: Sequence[str] = (), kinds: Sequence[str] = ()
) -> QuerySet[Approval]:
    """Visible approvals, narrowed."""
    found = approvals_visible(permissions)
    if states:
        found = found.filter(state__in=states)
    if kinds:
        found = found.filter(kind__in=kinds)
    return found


def approval_get(public_id: str, *, permissions: Collection[str]) -> Approval:
    """The approval if this person may see it; NotFound otherwise."""
    found = approvals_visible(permissions).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def approval_waiting(kind: str, subject: str) -> Approval | None:
    """What waits about this subject, if anything does."""
    return Approval.objects.filter(kind=kind, subject=subject, state=ApprovalState.WAITING).first()


def approvals_waiting_count(may: Callable[[str], bool]) -> int:
    """How many wait for a decision that the person who looks may make: their kinds, asked by others."""
    actor = current_actor()
    if actor.kind != _PERSON or actor.is_visitor:  # a visitor of the platform decides nothing
        return 0
    mine = [kind.key for kind in APPROVAL_KINDS.values() if may(kind.permission)]
    waiting = Approval.objects.filter(state=ApprovalState.WAITING, kind__in=mine)
    return waiting.exclude(requested_by=actor_key()).count() if mine else 0


def may_decide(approval: Approval, *, permissions: Collection[str]) -> bool:
    """Whether this person may agree or refuse: they hold the right, serve the brand and did not ask."""
    kind = APPROVAL_KINDS.get(approval.kind)
    return (
        kind is not None
        and approval.state == ApprovalState.WAITING
        and kind.permission in permissions
        and approval.requested_by != actor_key()
        and not current_actor().is_visitor
    )
