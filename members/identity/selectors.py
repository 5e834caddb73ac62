"""Look identifiers up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from members.identity.cipher import value_hash
from members.identity.models import ConflictState, Identity, IdentityConflict, IdentityType
from members.identity.rules import Claim, Existing, Key, claim_normal
from members.people.models import Member, MemberStatus
from members.people.selectors import living_ids
from scrm.core.errors import InvalidValue
from scrm.tenants.context import require_tenant_id
from scrm.wecom.models import CorpState, WeComCorp

_OWNERS = """
    SELECT i.type, i.scope, i.value_hash, i.id, i.member_id, m.status
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS k(type, scope, value_hash)
    JOIN members_identity i ON i.tenant_id = %s AND i.type = k.type AND i.scope = k.scope
        AND i.value_hash = k.value_hash
    JOIN members_member m ON m.tenant_id = i.tenant_id AND m.id = i.member_id
"""


@dataclass(frozen=True)
class Holder:
    """An identifier's row, and who holds it today."""

    identity_id: int
    owner: Existing


def owners_of(keys: Collection[Key]) -> dict[Key, Existing]:
    """Who holds these identifiers today, merges followed."""
    return {key: holder.owner for key, holder in holders_of(keys).items()}


def holders_of(keys: Collection[Key]) -> dict[Key, Holder]:
    """The same with the identifiers' own keys."""
    if not keys:
        return {}
    listed = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            _OWNERS,
            [
                [key.type for key in listed],
                [key.scope for key in listed],
                [key.value_hash for key in listed],
                require_tenant_id(),
            ],
        )
        found = cursor.fetchall()
    gone = {member_id for *_key, member_id, status in found if status == MemberStatus.MERGED}
    targets = living_ids(gone) if gone else {}
    anonymous = {
        member_id for *_key, member_id, status in found if status == MemberStatus.ANONYMOUS
    }
    holders = {}
    for claim_type, scope, digest, identity_id, member_id, _status in found:
        target = targets.get(member_id, member_id)
        owner = Existing(target, target in anonymous)
        holders[Key(claim_type, scope, digest)] = Holder(identity_id, owner)
    return holders


def member_find(claim: Claim) -> Member | None:
    """The member who holds the identifier, if anybody does; a malformed one belongs to nobody."""
    try:
        normal = claim_normal(claim)
    except InvalidValue:
        return None
    key = Key(normal.type, normal.scope, value_hash(normal))
    owner = owners_of([key]).get(key)
    return None if owner is None else Member.objects.filter(pk=owner.member_id).first()


def member_find_by_value(value: str) -> Member | None:
    """The member who holds this text as an external user id or business account, whatever its scope."""
    scopes = (
        Identity.objects.filter(type=IdentityType.EXTERNAL_USERID)
        .order_by("scope").values_list("scope", flat=True).distinct()[:20]
    )  # fmt: skip
    candidates = [
        Claim(IdentityType.BUSINESS_ACCOUNT, value),
        Claim(IdentityType.UNIONID, value),
        *(Claim(IdentityType.EXTERNAL_USERID, value, scope) for scope in scopes if scope),
    ]
    try:
        normal = [claim_normal(claim) for claim in candidates]
    except InvalidValue:
        return None
    keys = [Key(claim.type, claim.scope, value_hash(claim)) for claim in normal]
    owners = owners_of(keys)
    owner = next((owners[key] for key in keys if key in owners), None)
    return None if owner is None else Member.objects.filter(pk=owner.member_id).first()


def identities_of(member_id: int) -> list[Identity]:
    """Everything this member is known by, strongest kinds first."""
    rank = {kind: place for place, kind in enumerate(IdentityType.values)}
    rows = Identity.objects.filter(member_id=member_id).order_by("id")[:200]
    return sorted(rows, key=lambda row: (rank[row.type], row.pk))


def only_corp() -> str:
    """The brand's corp, if it has exactly one; else nothing."""
    bound = WeComCorp.objects.exclude(state=CorpState.UNBOUND)
    found = list(bound.order_by("corp_id").values_list("corp_id", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else ""


def external_userids_of(member_ids: Sequence[int], *, corp_id: str) -> dict[int, list[str]]:
    """Member key → external user ids in that corp, for whoever sends through WeCom."""
    found: dict[int, list[str]] = {}
    rows = Identity.objects.filter(
        member_id__in=list(member_ids), type=IdentityType.EXTERNAL_USERID, scope=corp_id
    ).order_by("member_id", "id")
    for member_id, value in rows.values_list("member_id", "value"):
        found.setdefault(member_id, []).append(value)
    return found


def conflicts_of(member_id: int) -> list[IdentityConflict]:
    """Open doubts about this member, newest first."""
    found = IdentityConflict.objects.select_related("kept", "other").filter(
        Q(kept_id=member_id) | Q(other_id=member_id), state=ConflictState.OPEN
    )
    return list(found.order_by("-occurred_at", "-id")[:20])
