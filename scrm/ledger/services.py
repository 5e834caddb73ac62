"""Post transfers: the only way an amount moves. A reference posts once per tenant, for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.core.ids import uuid7
from scrm.ledger.models import SYSTEM, UNITS, Account
from scrm.tenants.context import require_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID


class InsufficientBalance(DomainError):
    """The account would fall below its floor."""

    code = "insufficient_balance"
    kind = ErrorKind.CONFLICT


class ReferenceReused(DomainError):
    """The reference belongs to a transfer with other content."""

    code = "reference_reused"


class OverReversed(DomainError):
    """Reversals would add up to more than the transfer."""

    code = "over_reversed"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose account and of which kind; ``floor`` None lets a balance go below zero (debt)."""

    kind: str
    owner_kind: str = SYSTEM
    owner_id: int = 0
    floor: int | None = 0


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One wanted transfer. Accounts by key; ``amount`` in whole units, positive."""

    debit: int
    credit: int
    amount: int
    reason: str
    reference: str
    occurred_at: datetime
    id: UUID = field(default_factory=uuid7)
    reverses: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What became of a posting: ``posted`` now, or ``replay`` of an earlier one."""

    reference: str
    outcome: str

    @property
    def is_new(self) -> bool:
        return self.outcome == "posted"


_REFUSALS: dict[str, type[DomainError]] = {
    "insufficient": InsufficientBalance,
    "reused": ReferenceReused,
    "over_reversed": OverReversed,
    "no_account": InvalidValue,
    "unit_mismatch": InvalidValue,
}


def accounts_ensure(*, unit: str, owners: Iterable[Owner]) -> dict[tuple[str, int, str], int]:
    """Keys of these accounts by (owner kind, owner id, kind), made where missing."""
    if unit not in UNITS:
        message = f"unknown unit {unit}"
        raise InvalidValue(message)
    wanted = list({(o.owner_kind, o.owner_id, o.kind): o for o in owners}.values())
    found = _accounts_find(unit, wanted)
    missing = [o for o in wanted if (o.owner_kind, o.owner_id, o.kind) not in found]
    if missing:
        Account.objects.bulk_create(
            [
                Account(
                    owner_kind=o.owner_kind,
                    owner_id=o.owner_id,
                    kind=o.kind,
                    unit=unit,
                    balance=None if o.owner_kind == SYSTEM else 0,
                    floor=None if o.owner_kind == SYSTEM else o.floor,
                )
                for o in missing
            ],
            ignore_conflicts=True,
            batch_size=1000,
        )
        found |= _accounts_find(unit, missing)
    return found


def _accounts_find(unit: str, owners: Sequence[Owner]) -> dict[tuple[str, int, str], int]:
    rows = Account.objects.filter(
        unit=unit,
        owner_kind__in={o.owner_kind for o in owners},
        owner_id__in={o.owner_id for o in owners},
        kind__in={o.kind for o in owners},
    ).values_list("owner_kind", "owner_id", "kind", "id")
    return {(owner_kind, owner_id, kind): key for owner_kind, owner_id, kind, key in rows}


def transfer_post(
    *,
    debit: int,
    credit: int,
    amount: int,
    reason: str,
    reference: str,
    occurred_at: datetime | None = None,
    reverses: UUID | None = None,
) -> Posted:
    """Move one amount once. A repeat of the same call answers ``replay`` and moves nothing.

    Raises InsufficientBalance, ReferenceReused, OverReversed, or InvalidValue for a bad account, unit
    or amount; nothing is written then.
    """
    _check_amount(amount)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                require_tenant_id(), str(uuid7()), debit, credit, amount, reason, reference,
                None if reverses is None else str(reverses), occurred_at or clock.now(),
            ],
        )  # fmt: skip
        outcome: str = cursor.fetchone()[0]
    refusal = _REFUSALS.get(outcome)
    if refusal is not None:
        message = f"transfer {reference}: {outcome}"
        raise refusal(message, reference=reference)
    return Posted(reference=reference, outcome=outcome)


def transfer_post_many(postings: Sequence[Posting]) -> list[Posted]:
    """Move many amounts in one statement, in the caller's transaction; answers in the given order.

    A refused row raises its error, so the caller's transaction rolls back as a whole. Reversals go
    one by one through ``transfer_post``.
    """
    if not postings:
        return []
    for posting in postings:
        _check_amount(posting.amount)
        if posting.reverses is not None:
            message = "reversals are posted one by one"
            raise InvalidValue(message)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome FROM ledger_post_many(%s, %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], "
            "%s::text[], %s::text[], %s::timestamptz[]) ORDER BY place",
            [
                require_tenant_id(),
                [str(p.id) for p in postings], [p.debit for p in postings], [p.credit for p in postings],
                [p.amount for p in postings], [p.reason for p in postings], [p.reference for p in postings],
                [p.occurred_at for p in postings],
            ],
        )  # fmt: skip
        outcomes = [row[0] for row in cursor.fetchall()]
    for posting, outcome in zip(postings, outcomes, strict=True):
        refusal = _REFUSALS.get(outcome)
        if refusal is not None:
            message = f"transfer {posting.reference}: {outcome}"
            raise refusal(message, reference=posting.reference)
    return [
        Posted(reference=p.reference, outcome=o) for p, o in zip(postings, outcomes, strict=True)
    ]


def _check_amount(amount: int) -> None:
    if amount <= 0:
        message = "the amount must be a positive integer"
        raise InvalidValue(message, pointer="/amount")
