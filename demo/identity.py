"""What a brand finds on page 12: two doubts to decide, and one merge that was done."""

from __future__ import annotations

from members.identity.cipher import value_decrypt
from members.identity.merging import member_merge
from members.identity.models import Identity, IdentityConflict, IdentityType, MemberMerge
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.rules import Profile
from scrm.core import clock

DOUBTS = 2


def identities_make() -> None:
    """Make them once; running it again adds nothing."""
    if IdentityConflict.objects.exists() or MemberMerge.objects.exists():
        return
    friends = list(
        Identity.objects.filter(type=IdentityType.EXTERNAL_USERID).order_by("id")[: DOUBTS + 1]
    )
    phones = (
        Identity.objects.filter(type=IdentityType.PHONE)
        .exclude(member_id__in=[row.member_id for row in friends])
        .order_by("id")[:DOUBTS]
    )
    at = clock.now()
    for friend, phone in zip(friends, phones, strict=False):
        # A card on which somebody noted the phone of another customer.
        claims = [
            Claim(friend.type, friend.value, friend.scope),
            Claim("phone", value_decrypt(phone.value_enc)),
        ]
        identity_resolve(claims=claims, source="wecom", occurred_at=at)
    if len(friends) > DOUBTS:
        kept = Member.objects.get(pk=friends[DOUBTS].member_id)
        twin = identity_resolve(
            claims=[Claim("registration", f"mini-{kept.member_no}")],
            source="mini_program",
            occurred_at=at,
            profile=Profile(display_name=kept.display_name),
        )
        member_merge(
            source=twin.public_id,
            target=kept.public_id,
            reason="小程序注册时没有授权手机号，客服核对为同一人",
        )
