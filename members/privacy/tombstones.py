"""Whom WeCom may not bring back by itself: identifiers of people who were erased, as keyed hashes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from members.identity.cipher import value_hash
from members.identity.rules import Claim
from members.privacy.models import ErasedIdentity

_WECOM = "external_userid"
_UNIONID = "unionid"


def tombstones_put(claims: Iterable[Claim], *, at: datetime) -> None:
    """Remember that these identifiers were erased at that moment; a later erase moves it on."""
    ErasedIdentity.objects.bulk_create(
        [
            ErasedIdentity(
                type=claim.type, scope=claim.scope, value_hash=value_hash(claim), erased_at=at
            )
            for claim in set(claims)
        ],
        update_conflicts=True,
        unique_fields=["tenant", "type", "scope", "value_hash"],
        update_fields=["erased_at", "updated_at"],
    )


def contacts_erased(contacts: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Of (corp, external_userid), those who were erased, and when."""
    hashes = {
        value_hash(Claim(_WECOM, external, corp)): (corp, external) for corp, external in contacts
    }
    rows = ErasedIdentity.objects.filter(type=_WECOM, value_hash__in=list(hashes))
    return {hashes[row.value_hash]: row.erased_at for row in rows}


def contacts_back(contacts: Collection[tuple[str, str]]) -> None:
    """They added a member of staff again: that is a new acquaintance."""
    hashes = [value_hash(Claim(_WECOM, external, corp)) for corp, external in contacts]
    ErasedIdentity.objects.filter(type=_WECOM, value_hash__in=hashes).delete()


def is_erased(*, corp_id: str, external_userid: str) -> bool:
    """Whether a fact about this customer was told before they were erased and comes too late."""
    return bool(contacts_erased([(corp_id, external_userid)]))
