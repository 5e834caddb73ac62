"""Settle the points of orders: the target is a function of their facts, the ledger gets the delta."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction

from members.orders.earning import OrderFacts
from members.orders.selectors import order_facts, order_members
from members.people.selectors import living_ids
from members.privacy.selectors import erased_among
from members.tiers.selectors import multipliers_at
from points.lots.books import Book, books_open
from points.lots.models import Lot
from points.lots.services import books_close
from points.orders.rules import Effect, Terms, order_lot, rate_parse
from scrm.tenants.context import current_tenant
from scrm.tenants.settings import setting

SOURCE = "order"


def orders_settle(order_ids: Collection[int]) -> list[int]:
    """Bring the points of these orders to what their facts say; returns the members that moved.

    Any order, repetition or lateness of calls ends in the same balances and lots (N-41).
    """
    if not order_ids:
        return []
    with transaction.atomic():
        earlier = set(
            Lot.objects.filter(order_id__in=order_ids).values_list("member_id", flat=True)
        )
        living = living_ids(order_members(order_ids) | earlier, lock=True)
        books = books_open(living.values())
        # Read under the locks: of two settlements at once, the later one sees the newer facts. An order
        # that still waits to follow a merge earns for who its owner is by now; one that went to somebody else
        # keeps the rules it was paid under (N-5), at the tier of who has it.
        facts = [
            replace(order, member_id=living.get(order.member_id, order.member_id))
            for order in order_facts(order_ids)
        ]
        erased = erased_among(books)
        facts = [order for order in facts if order.member_id not in erased]
        moved = _moved(books, facts)
        terms, tiers = current_terms(), _tiers(books, facts)
        zone = current_tenant().timezone
        for order in facts:
            kept = terms
            for living_id, lot in moved.get(order.order_id, ()):
                kept = terms_load(lot.facts["terms"])
                books[living_id].lot_void(lot)
            tier = tiers.get(order.order_id, terms.tier)
            _order_put(books[order.member_id], order, replace(kept, tier=tier), zone)
        return books_close(books.values())


def _tiers(books: dict[int, Book], facts: Sequence[OrderFacts]) -> dict[int, int]:
    """The tier's multiplier at the moment of payment, of orders that have no terms yet (N-5)."""
    asked = [
        (order.order_id, order.member_id, order.paid_at)
        for order in facts
        if order.paid_at is not None
        and books[order.member_id].lot_of((SOURCE, order.source_id)) is None
    ]
    found = multipliers_at([(member_id, paid_at) for _key, member_id, paid_at in asked])
    return {key: tier for (key, _member, _at), tier in zip(asked, found, strict=True)}


def _moved(books: dict[int, Book], facts: Sequence[OrderFacts]) -> dict[int, list[tuple[int, Lot]]]:
    """Lots of orders that belong to somebody else by now, with whose book they are in."""
    owners = {order.order_id: order.member_id for order in facts}
    moved: dict[int, list[tuple[int, Lot]]] = {}
    for living_id, book in books.items():
        for lot in book.lots.values():
            if lot.order_id is not None and owners.get(lot.order_id, living_id) != living_id:
                moved.setdefault(lot.order_id, []).append((living_id, lot))
    return moved


def current_terms() -> Terms:
    """The tenant's earning rules as they stand now."""
    return Terms(
        rate=rate_parse(setting("points.rate_per_yuan")),
        pending_days=setting("points.pending_days"),
        expiry=setting("points.expiry"),
    )


def terms_dump(terms: Terms) -> dict[str, Any]:
    """Terms as they are kept with a lot."""
    return {**asdict(terms), "effects": [asdict(effect) for effect in terms.effects]}


def terms_load(kept: dict[str, Any]) -> Terms:
    """The terms an order was paid under (N-5)."""
    return Terms(**{**kept, "effects": tuple(Effect(**effect) for effect in kept["effects"])})


def _order_put(book: Book, order: OrderFacts, terms: Terms, zone: str) -> None:
    source = (SOURCE, order.source_id)
    known = book.lot_of(source)
    kept = known.facts.get("terms") if known is not None else None
    lot = order_lot(order, terms_load(kept) if kept else terms, zone)
    if lot is not None:
        book.lot_put(lot, source=source, order_id=order.order_id, terms=kept or terms_dump(terms))
    elif known is not None:
        book.lot_void(known)
