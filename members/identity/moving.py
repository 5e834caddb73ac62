"""Identifiers that an operator or the brand's own system adds, or moves to their new holder (EC-52)."""

from __future__ import annotations

from django.db import transaction

from members.identity.cipher import value_hash
from members.identity.joining import phone_settle
from members.identity.models import Identity
from members.identity.rules import Claim, claim_normal
from members.identity.services import Arrival, identity_resolve_many
from members.people.models import Member
from members.people.selectors import member_get
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind
from scrm.events.audit import record
from scrm.events.bus import publish


class IdentityTaken(DomainError):
    """Another member holds this identifier; moving it needs a reason."""

    code = "identity_taken"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def identity_give(
    *, member_public_id: str, claim: Claim, reason: str = "", source: str = "api"
) -> Member:
    """Make the member the holder of the identifier. Taking it from somebody needs a reason and is audited.

    What the former holder did stays theirs; only later messages find the new one.
    """
    member = member_get(member_public_id)
    normal = claim_normal(claim)
    held = (
        Identity.objects.select_for_update(of=("self",))
        .filter(type=normal.type, scope=normal.scope, value_hash=value_hash(normal))
        .first()
    )
    if held is None:
        arrival = Arrival(
            claims=(normal,), source=source, occurred_at=clock.now(), anchor=member.pk
        )
        identity_resolve_many([arrival])
        record(
            "members.identity_added",
            object_type="member",
            object_id=member.public_id,
            after={"type": normal.type, "scope": normal.scope},
        )
    elif held.member_id != member.pk:
        if not reason.strip():
            raise IdentityTaken("another member holds this identifier", pointer="/reason")
        _move(held, member, reason, is_verified=normal.verified)
    elif normal.verified and held.verified_at is None:
        held.verified_at = clock.now()
        held.save(update_fields=["verified_at", "updated_at"])
    member.refresh_from_db()
    return member


def _move(held: Identity, member: Member, reason: str, *, is_verified: bool) -> None:
    """What the former holder proved says nothing about the new one."""
    former_id, now = held.member_id, clock.now()
    held.member_id, held.seen_at = member.pk, now
    held.verified_at = now if is_verified else None
    held.save(update_fields=["member", "seen_at", "verified_at", "updated_at"])
    for member_id in sorted({former_id, member.pk}):
        if held.type == "phone":
            phone_settle(member_id)
    former = Member.objects.get(pk=former_id)
    record(
        "members.identity_moved",
        object_type="member",
        object_id=member.public_id,
        before={"holder": former.public_id, "type": held.type},
        after={"holder": member.public_id, "reason": reason[:200]},
    )
    publish("identity.moved", payload={"from_id": former_id, "to_id": member.pk, "type": held.type})
