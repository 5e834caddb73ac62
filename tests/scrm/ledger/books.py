"""Accounts for tests of the ledger."""

from __future__ import annotations

from uuid import UUID

from scrm.core import clock
from scrm.ledger.models import Account, Transfer
from scrm.ledger.services import Owner, Posting, accounts_ensure


def member_accounts(
    count: int, *, floor: int | None = 0, unit: str = "points", first: int = 1
) -> list[int]:
    """Keys of one kept account for each of `count` members."""
    owners = [
        Owner(kind="available", owner_kind="member", owner_id=first + index, floor=floor)
        for index in range(count)
    ]
    keys = accounts_ensure(unit=unit, owners=owners)
    return [keys["member", first + index, "available"] for index in range(count)]


def system_account(kind: str = "issued", unit: str = "points") -> int:
    return accounts_ensure(unit=unit, owners=[Owner(kind=kind)])["system", 0, kind]


def posting(debit: int, credit: int, amount: int, reference: str, reason: str = "test") -> Posting:
    return Posting(
        debit=debit,
        credit=credit,
        amount=amount,
        reason=reason,
        reference=reference,
        occurred_at=clock.now(),
    )


def balance(key: int) -> int | None:
    return Account.objects.get(pk=key).balance


def transfer_id(reference: str) -> UUID:
    return Transfer.objects.get(reference=reference).pk
