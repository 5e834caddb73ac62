"""Pushes and their recipients for pages and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from communities.outreach.models import Push, PushRecipient
from communities.outreach.selectors.audience import Preview, audience_preview
from communities.outreach.selectors.people import segment_people
from communities.outreach.selectors.progress import Tally, tally_of
from scrm.core.errors import InvalidValue, NotFound
from scrm.wecom.models import Staff


def push_get(public_id: str) -> Push:
    """The push with that public id; NotFound otherwise."""
    push = Push.objects.select_related("segment", "corp").filter(public_id=public_id).first()
    if push is None:
        raise NotFound
    return push


def pushes_list(*, search: str = "", states: Iterable[str] = ()) -> QuerySet[Push]:
    """Pushes of the brand."""
    rows = Push.objects.select_related("segment", "corp")
    wanted = list(states)
    if wanted:
        rows = rows.filter(state__in=wanted)
    return rows.filter(name__contains=search) if search else rows


def push_recipients(
    public_id: str, *, states: Iterable[str] = (), reasons: Iterable[str] = (), sender: str = ""
) -> QuerySet[PushRecipient]:
    """Recipients of a push."""
    rows = PushRecipient.objects.select_related("member").filter(push=push_get(public_id))
    wanted, why = list(states), list(reasons)
    if wanted:
        rows = rows.filter(state__in=wanted)
    if why:
        rows = rows.filter(reason__in=why)
    return rows.filter(sender=sender) if sender else rows


def staff_names(userids: Iterable[str]) -> dict[str, str]:
    """Names of members of staff by their ids."""
    rows = Staff.objects.filter(userid__in=set(userids)).exclude(name="")
    return dict(rows.values_list("userid", "name"))


def push_preview(public_id: str) -> Preview:
    """Whom a draft would reach now."""
    push = push_get(public_id)
    if push.segment is None:
        raise InvalidValue("choose a segment", pointer="/segment")
    return audience_preview(push, segment_people(push.segment))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A push that a member was part of."""

    push_id: str
    name: str
    text: str
    state: str
    reason: str
    sender: str
    at: datetime


def member_pushes(member_id: int, *, before: datetime, limit: int) -> list[Told]:
    """The newest pushes of a member earlier than a moment, by the time of their result."""
    rows = (
        PushRecipient.objects.select_related("push")
        .filter(member_id=member_id, updated_at__lt=before)
        .order_by("-updated_at", "-id")[:limit]
    )
    return [
        Told(
            push_id=row.push.public_id,
            name=row.push.name,
            text=row.push.text,
            state=row.state,
            reason=row.reason,
            sender=row.sender,
            at=row.sent_at or row.updated_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class PushCard:
    """A push with its live figures."""

    push: Push
    tally: Tally


def push_card(public_id: str) -> PushCard:
    """One push with its figures; NotFound otherwise."""
    push = push_get(public_id)
    return PushCard(push=push, tally=tally_of(push))
