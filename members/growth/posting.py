"""Tell the ledger what growth rose and fell: from the issuing account to the member's, never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scrm.ledger.services import Owner, Posting, accounts_ensure, transfer_post_many

UNIT = "growth"
MEMBER = "member"
ACCOUNT = "member_growth"
ISSUED = "growth_issued"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A member's growth changes by ``amount``; the reference names it for ever."""

    member_id: int
    amount: int
    reason: str
    reference: str
    at: datetime


def owner_of(member_id: int) -> Owner:
    """The ledger's owner of a member's growth."""
    return Owner(kind=ACCOUNT, owner_kind=MEMBER, owner_id=member_id)


def changes_post(changes: Sequence[Change]) -> None:
    """Post all changes, rises first: what an order takes back it gave before."""
    if not changes:
        return
    owners = [owner_of(member_id) for member_id in sorted({each.member_id for each in changes})]
    keys = accounts_ensure(unit=UNIT, owners=[Owner(kind=ISSUED), *owners])
    issued = keys["system", 0, ISSUED]
    for is_rise in (True, False):
        transfer_post_many(
            [
                Posting(
                    debit=issued if is_rise else keys[MEMBER, each.member_id, ACCOUNT],
                    credit=keys[MEMBER, each.member_id, ACCOUNT] if is_rise else issued,
                    amount=abs(each.amount),
                    reason=each.reason,
                    reference=each.reference,
                    occurred_at=each.at,
                )
                for each in changes
                if each.amount and (each.amount > 0) is is_rise
            ]
        )
