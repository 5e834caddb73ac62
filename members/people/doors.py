"""What the API does to people: one call each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from members.identity.cipher import value_decrypt
from members.identity.moving import identity_give
from members.identity.rules import Claim, claim_normal
from members.identity.services import Arrival
from members.orders.errors import FromTheFuture
from members.orders.rules import AHEAD
from members.people.arriving import arrivals_take
from members.people.card import MemberCard
from members.people.models import Member
from members.people.rules import Profile
from members.people.selectors import member_get, members_by_id
from members.people.services import member_edit
from members.profile.services import custom_values_change
from scrm.access.scope import scope_refuse
from scrm.core import clock
from scrm.core.errors import DomainError, InvalidValue
from scrm.events.audit import record
from scrm.files.connectors import run_record


@dataclass(frozen=True, kw_only=True)
class Identified:
    """The member behind the identifiers; ``is_new`` if the call made them."""

    card: MemberCard
    is_new: bool


@transaction.atomic
def member_identify(
    *, claims: tuple[Claim, ...], source: str, occurred_at: datetime | None = None, profile: Profile
) -> Identified:
    """Find the member by any identifier or make one; fills what is not known yet."""
    scope_refuse()  # the identifier may be anybody's
    at = occurred_at or clock.now()
    if at > clock.now() + AHEAD:
        raise FromTheFuture(
            "this moment is more than ten minutes ahead of us", pointer="/occurred_at"
        )
    arrival = Arrival(claims=claims, source=source, occurred_at=at, profile=profile)
    resolved = arrivals_take([arrival])[0]
    member = Member.objects.get(pk=resolved.member_id)
    if resolved.is_new:
        record("members.member_created", object_type="member", object_id=member.public_id)
    return Identified(card=MemberCard(member), is_new=resolved.is_new)


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody the brand's system tells of."""

    claims: tuple[Claim, ...]
    source: str
    occurred_at: datetime | None = None
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True, kw_only=True)
class Newcame:
    """What became of one newcomer: a member, or the refusal."""

    member_public_id: str = ""
    is_new: bool = False
    error: DomainError | None = None


@dataclass(frozen=True, kw_only=True)
class BatchIdentified:
    """Outcomes at the places of the newcomers."""

    members: list[Newcame]


@transaction.atomic
def members_identify(people: Sequence[Newcomer]) -> BatchIdentified:
    """Find or make many members, as if they had come one after the other; refused ones are left out."""
    scope_refuse()  # the identifiers may be anybody's
    now = clock.now()
    outcomes = [_refusal(person, now) for person in people]
    sound = [place for place, outcome in enumerate(outcomes) if outcome.error is None]
    resolved = arrivals_take(
        [
            Arrival(
                claims=people[place].claims,
                source=people[place].source,
                occurred_at=people[place].occurred_at or now,
                profile=people[place].profile,
            )
            for place in sound
        ]
    )
    known = members_by_id([found.member_id for found in resolved])
    for place, found in zip(sound, resolved, strict=True):
        public_id = known[found.member_id].public_id
        outcomes[place] = Newcame(member_public_id=public_id, is_new=found.is_new)
    new = sum(found.is_new for found in resolved)
    record(
        "members.batch_taken",
        object_type="member",
        object_id="batch",
        after={"people": len(people), "new": new, "refused": len(people) - len(sound)},
    )
    refusals = Counter(outcome.error.code for outcome in outcomes if outcome.error is not None)
    run_record(connector="rest", kind="members", accepted=len(sound), reasons=refusals)
    return BatchIdentified(members=outcomes)


def _refusal(person: Newcomer, now: datetime) -> Newcame:
    """The refusal of a newcomer, or an outcome without one yet."""
    try:
        if person.occurred_at is not None and person.occurred_at > now + AHEAD:
            raise FromTheFuture(
                "this moment is more than ten minutes ahead of us", pointer="/occurred_at"
            )
        for place, claim in enumerate(person.claims):
            _claim_check(claim, place)
    except DomainError as error:
        return Newcame(error=error)
    return Newcame()


def _claim_check(claim: Claim, place: int) -> None:
    try:
        claim_normal(claim)
    except InvalidValue as error:
        raise InvalidValue(
            str(error), pointer=f"/identities/{place}{error.pointer or ''}"
        ) from error


@transaction.atomic
def member_change(*, public_id: str, changes: dict[str, object]) -> MemberCard:
    """Change what is given; what is left out stays."""
    member = member_get(public_id)
    is_opted_out = bool(changes.pop("is_opted_out", member.is_opted_out))
    known = Profile(
        display_name=member.display_name,
        gender=member.gender,
        birthday=member.birthday,
        city=member.city,
        occupation=member.occupation,
        kind=member.kind,
    )
    custom: Any = changes.pop("custom", None)
    if custom:
        custom_values_change(member_public_id=public_id, custom=custom)
    profile = replace(known, **changes)  # type: ignore[arg-type]  # the serializer named the fields
    return MemberCard(
        member_edit(member_public_id=member.public_id, profile=profile, is_opted_out=is_opted_out)
    )


def member_add(*, phone: str, display_name: str, source: str) -> Identified:
    """A member an operator meets; a phone that is known opens who has it."""
    return member_identify(
        claims=(Claim("phone", phone),), source=source, profile=Profile(display_name=display_name)
    )


@transaction.atomic
def member_phone_show(*, member_public_id: str, reason: str) -> str:
    """The whole number, with who looked and why in the audit log."""
    member = member_get(member_public_id)
    record(
        "members.phone_shown",
        object_type="member",
        object_id=member.public_id,
        after={"reason": reason},
    )
    return value_decrypt(member.phone_enc)


def identity_take(*, public_id: str, told: dict[str, Any]) -> MemberCard:
    """Give the member an identifier; IdentityTaken if somebody holds it and no reason is given."""
    scope_refuse()
    claim = Claim(told["type"], told["value"], told["scope"], told["verified"])
    return MemberCard(identity_give(member_public_id=public_id, claim=claim, reason=told["reason"]))
