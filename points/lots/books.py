"""The books of some members, open under their locks: facts go in, the ledger hears the difference.

Everything here is set-wise: the number of statements does not depend on the number of members.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from members.identity.merging import joins_of
from members.people.selectors import person_ids
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.posting import Change, changes_of, postings_post
from points.lots.rules import (
    JoinFacts,
    LotFacts,
    LotResult,
    SpendFacts,
    SpendResult,
    Standing,
    lot_state,
    standing_of,
)
from points.lots.store import accounts_write, lots_write, spends_write
from scrm.core import clock
from scrm.tenants.context import current_tenant
from scrm.tenants.settings import setting

Source = tuple[str, str]
Place = tuple[int, str, str]
SOON_DAYS = 30


@dataclass(slots=True)
class Book:
    """A person's account with all lots and spends, and which of them are new or changed.

    Lots and spends stay with the account they came to: after a merge the book of who stayed holds those of both
    (ADR 16), each under the member it came to. ``ledger_id`` is whose ledger accounts hear of changes.
    """

    account: PointsAccount
    ledger_id: int
    member_ids: tuple[int, ...] = ()
    joins: tuple[JoinFacts, ...] = ()
    lots: dict[Place, Lot] = field(default_factory=dict)
    spends: list[Spend] = field(default_factory=list)
    touched: set[Place] = field(default_factory=set)

    def lot_of(self, source: Source) -> Lot | None:
        """The source's lot; of several that merged accounts have, one that holds points, one's own first."""
        own = self.account.member_id
        found = [
            lot
            for member_id in (own, *(key for key in self.member_ids if key != own))
            if (lot := self.lots.get((member_id, *source))) is not None
        ]
        return next((lot for lot in found if lot.qty), found[0] if found else None)

    def lot_put(
        self,
        facts: LotFacts,
        *,
        source: Source,
        order_id: int | None = None,
        terms: Mapping[str, Any] | None = None,
    ) -> Lot:
        """Say what is known of a source; a lot that exists takes the new facts."""
        lot = self.lot_of(source)
        if lot is None:
            lot = Lot(
                member_id=self.account.member_id,
                source_type=source[0],
                source_id=source[1],
                order_id=order_id,
                door=facts.door,
                qty=0,
                remaining=0,
            )
            self.lots[place_of(lot)] = lot
        kept: dict[str, Any] = {"cuts": [[at.isoformat(), points] for at, points in facts.cuts]}
        if terms:
            kept["terms"] = terms
        told = (facts.issued_at, facts.available_at, facts.expires_at, facts.points, kept)
        if told != (lot.issued_at, lot.available_at, lot.expires_at, lot.qty, lot.facts):
            lot.issued_at, lot.available_at, lot.expires_at, lot.qty, lot.facts = told
            self.touched.add(place_of(lot))
        return lot

    def lot_void(self, lot: Lot) -> None:
        """The source is gone (its order belongs to somebody else now): nothing was ever granted."""
        if lot.qty or lot.facts.get("cuts"):
            lot.qty, lot.facts = 0, {**lot.facts, "cuts": []}
            self.touched.add(place_of(lot))

    def standing(self, at: datetime, *, offsets_cash: bool) -> Standing:
        """The member's points at an instant, by the facts."""
        return standing_of(
            [lot_facts(lot) for lot in self.lots.values()],
            [spend_facts(spend) for spend in self.spends],
            at=at,
            offsets_cash=offsets_cash,
            joins=self.joins,
        )


def place_of(lot: Lot) -> Place:
    """Under what a book keeps the lot."""
    return lot.member_id, lot.source_type, lot.source_id


def lot_facts(lot: Lot) -> LotFacts:
    """A stored lot as the rules see it."""
    return LotFacts(
        key=f"{lot.source_type}:{lot.source_id}",
        issued_at=lot.issued_at,
        points=lot.qty,
        available_at=lot.available_at,
        expires_at=lot.expires_at,
        cuts=tuple(
            (datetime.fromisoformat(at), points) for at, points in lot.facts.get("cuts", ())
        ),
        door=lot.door,
        origin=lot.member_id,
    )


def spend_facts(spend: Spend) -> SpendFacts:
    """A stored spend as the rules see it."""
    return SpendFacts(
        key=spend.reference,
        at=spend.at,
        points=spend.points,
        captured_at=spend.captured_at,
        voided_at=spend.voided_at,
        sink=spend.sink,
        origin=spend.member_id,
    )


def person_joins(persons: Mapping[int, Collection[int]]) -> dict[int, tuple[JoinFacts, ...]]:
    """Living member → the merges that made it what it is; nothing is asked where nobody was merged."""
    merged = [living for living, member_ids in persons.items() if len(member_ids) > 1]
    return {
        living: tuple(JoinFacts(join.at, join.origin_id, join.into_id) for join in joins)
        for living, joins in (joins_of(merged) if merged else {}).items()
    }


def accounts_open(member_ids: Collection[int]) -> dict[int, PointsAccount]:
    """Lock these members' accounts, in key order; made where missing."""
    wanted = sorted(set(member_ids))
    found = _lock(wanted)
    missing = [member_id for member_id in wanted if member_id not in found]
    if missing:
        PointsAccount.objects.bulk_create(
            [PointsAccount(member_id=member_id) for member_id in missing], ignore_conflicts=True
        )
        found = _lock(wanted)
    return found


def books_open(member_ids: Collection[int]) -> dict[int, Book]:
    """Lock these living members' accounts and read what hangs on them, merged accounts included.

    The caller asked ``living_ids(lock=True)`` before, so that nobody among them is merged meanwhile.
    """
    accounts = accounts_open(member_ids)
    persons = person_ids(accounts)
    joins = person_joins(persons)
    books = {
        living: Book(
            account=account,
            ledger_id=living,
            member_ids=persons[living],
            joins=joins.get(living, ()),
        )
        for living, account in accounts.items()
    }
    book_of = {key: books[living] for living, keys in persons.items() for key in keys}
    for lot in Lot.objects.filter(member_id__in=list(book_of)):
        book_of[lot.member_id].lots[place_of(lot)] = lot
    for spend in Spend.objects.filter(member_id__in=list(book_of)):
        book_of[spend.member_id].spends.append(spend)
    return books


def _lock(member_ids: list[int]) -> dict[int, PointsAccount]:
    rows = (
        PointsAccount.objects.select_for_update(of=("self",))
        .filter(member_id__in=member_ids)
        .order_by("id")
    )
    return {row.member_id: row for row in rows}


def offsets_cash() -> bool:
    """Whether a shortfall is taken from the cash refund instead of becoming debt (N-10)."""
    return bool(setting("points.refund_shortfall") == "offset_cash")


def soon_after(at: datetime) -> datetime:
    """Local midnight after the thirtieth local day, today included: what lapses by then lapses soon."""
    zone = current_tenant().timezone
    return clock.local_midnight(clock.local_date(at, zone) + timedelta(days=SOON_DAYS), zone)


def books_settle(
    books: Iterable[Book], *, at: datetime | None = None
) -> tuple[list[int], list[Change]]:
    """Bring lots, ledger and balances to what the facts say at ``at``; who moved, and by which flows."""
    now = at or clock.now()
    by_cash = offsets_cash()
    settled: list[tuple[Book, Standing]] = [
        (book, book.standing(now, offsets_cash=by_cash)) for book in books
    ]
    moved = [
        (book.ledger_id, lot, result)
        for book, standing in settled
        for (place, lot), result in zip(book.lots.items(), standing.lots, strict=True)
        if place in book.touched or _is_changed(lot, result)
    ]
    spent = [
        (book.ledger_id, spend, result)
        for book, standing in settled
        for spend, result in zip(book.spends, standing.spends, strict=True)
        if spend.flows != _totals(result.flows)
    ]
    changes = _lots_settle(moved, now) + _spends_settle(spent, now)
    postings_post(changes)
    rows = [(book.account, standing) for book, standing in settled]
    return accounts_write(rows, at=now, soon=soon_after(now)), changes


def _lots_settle(moved: list[tuple[int, Lot, LotResult]], now: datetime) -> list[Change]:
    olds = [lot.flows for _whose, lot, _result in moved]
    for _whose, lot, result in moved:
        lot.flows = _totals(result.flows)
        lot.remaining, lot.held, lot.state = result.remaining, result.held, lot_state(result)
        lot.version += 1
    lots_write([lot for _whose, lot, _result in moved])
    return [
        change
        for (whose, lot, result), old in zip(moved, olds, strict=True)
        for change in changes_of(
            member_id=whose, name=f"lot/{lot.pk}/{lot.version}", old=old, new=lot.flows,
            moved_at=result.moved_at, otherwise=now,
        )
    ]  # fmt: skip


def _spends_settle(spent: list[tuple[int, Spend, SpendResult]], now: datetime) -> list[Change]:
    olds = [dict(spend.flows) for _whose, spend, _result in spent]
    for _whose, spend, result in spent:
        spend.flows = _totals(result.flows)
        spend.version += 1
    spends_write([spend for _whose, spend, _result in spent])
    return [
        change
        for (whose, spend, result), old in zip(spent, olds, strict=True)
        for change in changes_of(
            member_id=whose, name=f"spend/{spend.pk}/{spend.version}", old=old, new=spend.flows,
            moved_at=result.moved_at, otherwise=now,
        )
    ]  # fmt: skip


def _totals(flows: Mapping[str, int]) -> dict[str, int]:
    return {flow: points for flow, points in flows.items() if points}


def _is_changed(lot: Lot, result: LotResult) -> bool:
    return (
        lot.flows != _totals(result.flows)
        or (lot.remaining, lot.held) != (result.remaining, result.held)
        or lot.state != lot_state(result)
    )
