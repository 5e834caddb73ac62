"""A member as one glance needs it: the row, its figures, tags and own fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from members.identity.models import Identity
from members.identity.rules import Claim
from members.identity.selectors import identities_of, member_find
from members.orders.models import MemberRollup
from members.orders.selectors import rollup_of
from members.people.models import Member
from members.people.selectors import member_get, members_listed
from members.profile.selectors import values_of
from members.segments.selectors import segment_get, segment_query
from members.tags.models import MemberTag
from members.tags.selectors import tags_of
from scrm.console.elements import TimelineEntry
from scrm.console.panels import timeline_for, timeline_sources
from scrm.core import clock
from scrm.core.errors import InvalidValue


class MemberCard:
    """Reads as the member itself, plus ``rollup``, ``tags`` and ``custom``, each read when it is first asked for."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def __getattr__(self, name: str) -> object:
        return getattr(self.member, name)

    @cached_property
    def rollup(self) -> MemberRollup:
        return rollup_of(self.member.pk)

    @cached_property
    def custom(self) -> dict[str, object]:
        """What is known in the brand's own fields, as the wire says it."""
        known = values_of([self.member.pk])[self.member.pk]
        return {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in known.items()
        }

    @cached_property
    def tags(self) -> list[str]:
        known = getattr(self.member, "tag_names", None)
        return tags_of([self.member.pk]).get(self.member.pk, []) if known is None else list(known)


def card_get(public_id: str) -> MemberCard:
    """The member with that public id and its tags in one question; NotFound otherwise."""
    worn = MemberTag.objects.filter(member_id=OuterRef("pk")).order_by("-at", "-id")
    names = ArraySubquery(worn.values("tag__name"))
    member = members_listed().annotate(tag_names=names).filter(public_id=public_id).first()
    return MemberCard(member if member is not None else member_get(public_id))


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
    public_id: str,
    *,
    may: Callable[[str], bool],
    limit: int = 50,
    before: datetime | None = None,
    kind: str = "",
    channel: str = "",
) -> list[TimelineEntry]:
    """What happened to the member, newest first, from every room the reader may look into."""
    member = member_get(public_id)
    known = {source.key for source in timeline_sources(may=may)}
    if kind and kind not in known:
        raise InvalidValue("no such kind", pointer="?kind", kinds=sorted(known))
    return list(
        timeline_for(
            member_id=member.pk,
            before=before or clock.now(),
            limit=limit,
            may=may,
            only=frozenset({kind} if kind else ()),
            channel=channel,
        )
    )
