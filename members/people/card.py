"""A member as one glance needs it: the row, its figures, its tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from members.identity.models import Identity
from members.identity.rules import Claim
from members.identity.selectors import identities_of, member_find
from members.orders.models import MemberRollup
from members.orders.selectors import rollup_of
from members.people.models import Member
from members.people.selectors import member_get, members_listed
from members.segments.selectors import segment_get, segment_query
from members.tags.selectors import tags_of
from scrm.console.elements import TimelineEntry
from scrm.console.panels import timeline_for
from scrm.core import clock
from scrm.core.errors import InvalidValue


class MemberCard:
    """Reads as the member itself, plus ``rollup`` and ``tags``."""

    def __init__(self, member: Member, rollup: MemberRollup, tags: Sequence[str]) -> None:
        self.member, self.rollup, self.tags = member, rollup, list(tags)

    def __getattr__(self, name: str) -> object:
        return getattr(self.member, name)


def card_get(public_id: str) -> MemberCard:
    """The member with that public id; NotFound otherwise."""
    return card_of(member_get(public_id))


def card_of(member: Member) -> MemberCard:
    """The member with figures and tags."""
    return MemberCard(member, rollup_of(member.pk), tags_of([member.pk]).get(member.pk, []))


def members_found(
    *,
    member_no: str = "",
    phone: str = "",
    identity_type: str = "",
    identity_value: str = "",
    identity_scope: str = "",
    segment: str = "",
) -> QuerySet[Member]:
    """Members by exact filters; NotFound for an unknown segment."""
    found = segment_query(segment_get(segment).rule) if segment else members_listed()
    if member_no:
        found = found.filter(member_no=member_no)
    claims = []
    if phone:
        claims.append(Claim("phone", phone))
    if bool(identity_type) != bool(identity_value):
        raise InvalidValue("type and value of an identity go together", pointer="?identity_type")
    if identity_type:
        claims.append(Claim(identity_type, identity_value, identity_scope))
    for claim in claims:
        holder = member_find(claim)
        found = found.filter(pk=holder.pk) if holder is not None else found.none()
    return found


def member_identities(public_id: str) -> list[Identity]:
    """Everything the member is known by."""
    return identities_of(member_get(public_id).pk)


def member_timeline(
    public_id: str, *, may: Callable[[str], bool], limit: int = 50, before: datetime | None = None
) -> list[TimelineEntry]:
    """What happened to the member, newest first, from every room the reader may look into."""
    member = member_get(public_id)
    return list(
        timeline_for(member_id=member.pk, before=before or clock.now(), limit=limit, may=may)
    )
