"""What WeCom tells about a customer, taken into the member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from members.identity.rules import Claim, claim_normal
from members.identity.services import Arrival, identity_resolve_many
from members.people.rules import Profile
from members.people.services import member_friendship_set, member_profile_fill, member_touch
from members.people.sources import campaign_of_state, source_of_state
from scrm.core.errors import InvalidValue
from scrm.wecom.models import FollowRelation

_GONE = frozenset({"deleted_by_staff", "deleted_by_customer"})
_ARRIVING = frozenset({"added", "half_added"})
_GENDERS = {1: "male", 2: "female"}


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """A customer's card or friendship changed. ``phones`` are what staff noted on the card."""

    corp_id: str
    external_userid: str
    unionid: str
    name: str
    gender: int
    phones: Sequence[str]
    change: str
    state: str
    at: datetime


@transaction.atomic
def contact_take(told: ContactChange) -> int:
    """Find or make the member, keep where they came from and whether they are a friend; the member's key.

    May run twice and in any order: friendship is read from the relations as they stand.
    """
    source = source_of_state(told.state)
    profile = Profile(display_name=told.name, gender=_GENDERS.get(told.gender, ""))
    arrival = Arrival(claims=_claims(told), source=source, occurred_at=told.at, profile=profile)
    member_id = identity_resolve_many([arrival])[0]
    member_profile_fill(member_id=member_id, profile=profile)
    if told.change in _ARRIVING:
        member_touch(
            member_id=member_id,
            source=source,
            state=told.state,
            campaign=campaign_of_state(told.state),
            at=told.at,
        )
    member_friendship_set(member_id=member_id, is_friend=_is_friend(told), at=told.at)
    return member_id


def _claims(told: ContactChange) -> tuple[Claim, ...]:
    claims = [Claim("external_userid", told.external_userid, told.corp_id)]
    if told.unionid:
        claims.append(Claim("unionid", told.unionid, verified=True))
    for phone in told.phones:
        try:
            claims.append(claim_normal(Claim("phone", phone)))
        except InvalidValue:
            continue  # staff write what they like on a card
    return tuple(claims)


def _is_friend(told: ContactChange) -> bool:
    states = set(
        FollowRelation.objects.filter(
            corp__corp_id=told.corp_id, contact__external_userid=told.external_userid
        ).values_list("state", flat=True)
    )
    if states:
        return "active" in states
    return told.change not in _GONE
