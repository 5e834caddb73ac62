"""Doubts and merges for page 12, between accounts of their own that nobody else counts on."""

from __future__ import annotations

from datetime import timedelta

from members.identity.merging import member_merge, member_split
from members.identity.models import IdentityConflict
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.rules import Profile
from scrm.core import clock


def identity_fill(size: int) -> dict[str, str]:
    """`size` doubts and `size` merges, every third of them split again."""
    at = clock.now() - timedelta(days=3)

    def account(name: str) -> Member:
        return identity_resolve(
            claims=[Claim("business_account", name)],
            source="tmall",
            occurred_at=at,
            profile=Profile(display_name=f"账号 {name}"),
        )

    for n in range(size):
        account(f"one-{n}"), account(f"two-{n}")
        both = [Claim("business_account", f"{name}-{n}") for name in ("one", "two")]
        identity_resolve(claims=both, source="tmall", occurred_at=at)
    merges = []
    for n in range(size):
        old, kept = account(f"old-{n}"), account(f"kept-{n}")
        merges.append(
            member_merge(source=old.public_id, target=kept.public_id, reason="客服核对为同一人")
        )
    for merge in merges[2::3]:
        member_split(merge=merge.public_id, reason="核对有误")
    doubt = IdentityConflict.objects.filter(state="open").select_related("kept", "other")[0]
    return {
        "conflict_id": doubt.public_id,
        "merge_id": merges[0].public_id,
        "merge_source": doubt.other.public_id,
        "merge_target": doubt.kept.public_id,
    }
