"""A frozen member earns and is served as ever, but cannot redeem (D2, EC-28)."""

from __future__ import annotations

from django.db import transaction

from members.people.models import Member, MemberStatus
from members.people.selectors import member_get
from members.segments.dirty import PERSON, mark_dirty
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue
from scrm.events.audit import record
from scrm.events.bus import publish


class MemberFrozen(DomainError):
    """The member is frozen: points come in, but none can be redeemed."""

    code = "member_frozen"
    kind = ErrorKind.CONFLICT


def member_freeze(*, public_id: str, reason: str) -> Member:
    """Active → frozen; freezing again changes nothing. Anonymous, merged and erased members are refused."""
    return _switch(public_id, MemberStatus.ACTIVE, MemberStatus.FROZEN, reason, "frozen")


def member_thaw(*, public_id: str, reason: str) -> Member:
    """Frozen → active; thawing again changes nothing."""
    return _switch(public_id, MemberStatus.FROZEN, MemberStatus.ACTIVE, reason, "thawed")


def redeemable_check(member_id: int) -> None:
    """Raise MemberFrozen for a member who cannot redeem."""
    if Member.objects.filter(pk=member_id, status=MemberStatus.FROZEN).exists():
        raise MemberFrozen


@transaction.atomic
def _switch(public_id: str, before: str, after: str, reason: str, word: str) -> Member:
    if not reason.strip():
        raise InvalidValue("say why", pointer="/reason")
    member = (
        Member.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=member_get(public_id).pk)
        .get()
    )
    if member.status == after:
        return member
    if member.status != before:
        message = f"a member who is {member.status} cannot be {word}"
        raise InvalidTransition(message)
    member.status = after
    member.save(update_fields=["status", "updated_at"])
    mark_dirty([member.pk], PERSON)
    record(
        f"members.{word}",
        object_type="member",
        object_id=member.public_id,
        before={"status": before},
        after={"status": after, "reason": reason[:200]},
    )
    publish(f"member.{word}", payload={"member_ids": [member.pk]})
    return member
