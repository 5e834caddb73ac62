"""An erased member's points are forfeited by entries of the ledger, so that it still balances (EC-29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from points.lots.books import Book, books_open, offsets_cash
from points.lots.models import Spend
from points.lots.rules import LotFacts
from points.lots.services import books_close
from scrm.core import clock

REASON = "erase"
# After whatever else happens now: holds that are voided and debts that are paid give free what is taken.
_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Forfeited:
    """What went."""

    available: int = 0
    pending: int = 0
    debt: int = 0
    holds: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.available or self.pending or self.debt or self.holds)


def points_forfeit(*, member_id: int, reference: str) -> Forfeited:
    """Void open holds, take back what is pending, write off debt, and take what is available.

    Doing it again takes nothing: nothing is left.
    """
    with transaction.atomic():
        now, by_cash = clock.now(), offsets_cash()
        book = books_open([member_id])[member_id]
        holds = _holds_void(book, now)
        standing = book.standing(now, offsets_cash=by_cash)
        pending = 0
        for (place, lot), result in zip(book.lots.items(), standing.lots, strict=True):
            if result.pending:
                pending += result.pending
                cuts = [*lot.facts.get("cuts", ()), [now.isoformat(), result.pending]]
                lot.facts = {**lot.facts, "cuts": cuts}
                book.touched.add(place)
        if standing.debt:
            _debt_write_off(book, standing.debt, reference, now)
        available = book.standing(now, offsets_cash=by_cash).available
        if available:
            at = now + _AFTER
            book.spends.append(
                Spend.objects.create(
                    member_id=member_id, sink="deduct", reference=f"{REASON}/{reference}",
                    reason=REASON, points=available, at=at, captured_at=at,
                )
            )  # fmt: skip
        books_close([book], at=now + _AFTER)
    return Forfeited(available=available, pending=pending, debt=standing.debt, holds=holds)


def _holds_void(book: Book, at: datetime) -> int:
    open_ones = [row for row in book.spends if row.captured_at is None and row.voided_at is None]
    for spend in open_ones:
        spend.voided_at = at
        spend.save(update_fields=["voided_at", "updated_at"])
    return len(open_ones)


def _debt_write_off(book: Book, debt: int, reference: str, at: datetime) -> None:
    source = (REASON, reference)
    facts = LotFacts(
        key=":".join(source), issued_at=at, available_at=at, points=debt, door="adjust"
    )
    book.lot_put(facts, source=source)
