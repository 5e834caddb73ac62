"""Known members who prove to be one person are joined by rule, where the brand wants it (peers 17).

Proof is an identifier that somebody verified, claimed together with those of another member: a unionid, which
WeChat gives to one person only, or a phone that both had verified. Two members who hold two accounts of one kind,
or whom somebody kept apart, are never joined by rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q

from members.identity.models import ConflictState, Identity, IdentityConflict
from members.identity.rules import Claim, Existing, Key, Plan
from members.identity.selectors import Holder
from scrm.tenants.settings import setting

# One person has one of these; two different ones are two people, whatever else they share.
_ONE_EACH = ("business_account", "unionid")


def pairs_proven(
    plan: Plan, claimed: Sequence[Mapping[Key, Claim]], holders: Mapping[Key, Holder]
) -> list[tuple[int, int]]:
    """(who stays, who goes) of the plan's doubts that a verified identifier answers."""
    if not plan.conflicts or setting("identity.auto_merge") != "verified":
        return []
    shown: dict[tuple[int, int], list[Key]] = {}
    for ref, claims in zip(plan.refs, claimed, strict=True):
        for key, claim in claims.items():
            holder = holders.get(key)
            if holder is None or not claim.verified or not isinstance(ref, Existing):
                continue
            pair = (ref.member_id, holder.owner.member_id)
            if pair in plan.conflicts:
                shown.setdefault(pair, []).append(key)
    return [
        pair
        for pair, keys in shown.items()
        if any(_proves(key, holders[key]) for key in keys) and _may_be_one(*pair)
    ]


def _proves(key: Key, holder: Holder) -> bool:
    if key.type == "unionid":
        return True
    rows = Identity.objects.filter(pk=holder.identity_id, verified_at__isnull=False)
    return key.type == "phone" and rows.exists()


def _may_be_one(kept: int, other: int) -> bool:
    rows = Identity.objects.filter(member_id__in=(kept, other), type__in=_ONE_EACH)
    held = list(rows.values_list("member_id", "type", "scope").distinct())
    ours = {(kind, scope) for member_id, kind, scope in held if member_id == kept}
    theirs = {(kind, scope) for member_id, kind, scope in held if member_id == other}
    between = Q(kept_id=kept, other_id=other) | Q(kept_id=other, other_id=kept)
    apart = IdentityConflict.objects.filter(between, state=ConflictState.APART)
    return not ours & theirs and not apart.exists()
