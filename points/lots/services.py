"""Writes of points: settle by facts and time, grant, set aside, capture, void, adjust."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from members.freezing.services import redeemable_check
from members.people.public_ids import member_public_ids
from members.people.selectors import living_ids
from points.lots.books import Book, books_open, books_settle, offsets_cash, soon_after
from points.lots.expiry import expires_at
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.posting import moves_of
from points.lots.rules import LotFacts
from points.lots.selectors import members_due, spend_by_reference, spend_get
from points.lots.store import expiring_write
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue
from scrm.events import audit
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant
from scrm.tenants.settings import setting

CHUNK = 500


class InsufficientPoints(DomainError):
    """The member has fewer points than asked for."""

    code = "insufficient_points"
    kind = ErrorKind.CONFLICT


class PointsDebt(DomainError):
    """The member owes points; nothing can be redeemed until new points have paid them."""

    code = "points_debt"
    kind = ErrorKind.CONFLICT


class PointsReferenceReused(DomainError):
    """The reference belongs to another movement of points."""

    code = "reference_reused"


def books_close(books: Iterable[Book], *, at: datetime | None = None) -> list[int]:
    """Settle open books and tell who moved; one fact for the whole batch."""
    moved, changes = books_settle(books, at=at)
    if moved:
        publish("points.changed", payload={"member_ids": moved, "moves": moves_of(changes)})
    return moved


def members_settle(member_ids: Collection[int], *, at: datetime | None = None) -> list[int]:
    """Bring these members' points to the present: what is due counts, what has lapsed is gone."""
    with transaction.atomic():
        living = living_ids(member_ids, lock=True)
        return books_close(books_open(living.values()).values(), at=at)


def due_settle(*, until: datetime | None = None) -> dict[str, int]:
    """Settle every member with something due by then, in chunks; safe to run twice, late or at once."""
    now = clock.now()
    horizon = max(now, until or now)
    settled = 0
    while chunk := _due_chunk(horizon):
        settled += chunk
    return {"members": settled}


def due_settle_some() -> int:
    """One chunk of what is due now; returns how many members it was."""
    return _due_chunk(clock.now())


def _due_chunk(horizon: datetime) -> int:
    due = members_due(horizon, limit=CHUNK)
    if due:
        members_settle(due, at=horizon)
    return len(due)


def night_settle(as_of: date) -> dict[str, int]:
    """Settle up to the local midnight that ends the day."""
    return due_settle(
        until=clock.local_midnight(as_of + timedelta(days=1), current_tenant().timezone)
    )


def expiring_refresh(as_of: date) -> int:
    """Bring 即将过期 of every member to the day after the night."""
    morning = clock.local_midnight(as_of + timedelta(days=1), current_tenant().timezone)
    with transaction.atomic():
        changed = expiring_write(soon_after(max(clock.now(), morning)))
        grown = [(row.member_id, row.points) for row in changed if row.points > row.was]
        for start in range(0, len(grown), CHUNK):
            publish("points.expiring_soon", payload={"members": grown[start : start + CHUNK]})
    return len(changed)


def points_grant(
    *,
    member_id: int,
    points: int,
    reference: str,
    source_type: str = "task",
    at: datetime | None = None,
) -> Lot:
    """Give points that count at once (N-6); the same reference gives once."""
    with transaction.atomic():
        return _grant(
            member_id=member_id, points=points, source=(source_type, reference), door="grant", at=at
        )


def _grant(
    *,
    member_id: int,
    points: int,
    source: tuple[str, str],
    door: str,
    at: datetime | None,
    last_day: date | None = None,
) -> Lot:
    if points <= 0:
        message = "points must be a positive whole number"
        raise InvalidValue(message, pointer="/points")
    member_id = living_ids([member_id], lock=True)[member_id]
    book = books_open([member_id])[member_id]
    known = book.lot_of(source)
    if known is not None:
        if known.qty != points:
            raise PointsReferenceReused(reference=source[1])
        return known
    now, zone = at or clock.now(), current_tenant().timezone
    if last_day is None:
        lapses_at = expires_at(setting("points.expiry"), clock.local_date(now, zone), zone)
    else:
        lapses_at = clock.local_midnight(last_day + timedelta(days=1), zone)
    facts = LotFacts(
        key=":".join(source),
        issued_at=now,
        available_at=now,
        points=points,
        expires_at=lapses_at,
        door=door,
    )
    lot = book.lot_put(facts, source=source)
    books_close([book])
    return lot


def points_hold(
    *, member_id: int, points: int, reference: str, reason: str = "", at: datetime | None = None
) -> Spend:
    """Set points aside (N-11); raises InsufficientPoints, PointsDebt or MemberFrozen. A reference holds once."""
    with transaction.atomic():
        return _spend(
            member_id=member_id, points=points, reference=reference, reason=reason, at=at,
            sink="capture", is_captured=False,
        )  # fmt: skip


def points_spend(
    *, member_id: int, points: int, reference: str, reason: str = "", at: datetime | None = None
) -> Spend:
    """Take points for good; raises InsufficientPoints, PointsDebt or MemberFrozen. A reference spends once."""
    with transaction.atomic():
        return _spend(
            member_id=member_id, points=points, reference=reference, reason=reason, at=at,
            sink="capture", is_captured=True,
        )  # fmt: skip


def _spend(
    *,
    member_id: int,
    points: int,
    reference: str,
    reason: str,
    at: datetime | None,
    sink: str,
    is_captured: bool,
) -> Spend:
    if points <= 0:
        message = "points must be a positive whole number"
        raise InvalidValue(message, pointer="/points")
    member_id = living_ids([member_id], lock=True)[member_id]
    book = books_open([member_id])[member_id]
    known = spend_by_reference(reference)
    if known is not None:
        if known.member_id not in book.member_ids or (known.points, known.sink) != (points, sink):
            raise PointsReferenceReused(reference=reference)
        return known
    if sink == "capture":
        redeemable_check(member_id)
    # A merge seen by a clock that is ahead was before this all the same: its lots may be spent.
    now = max([at or clock.now(), *(join.at for join in book.joins)])
    standing = book.standing(now, offsets_cash=offsets_cash())
    if standing.debt:
        raise PointsDebt(debt=standing.debt)
    if standing.available < points:
        raise InsufficientPoints(available=standing.available, asked=points)
    spend = Spend.objects.create(
        member_id=member_id, sink=sink, reference=reference, reason=reason[:120], points=points,
        at=now, captured_at=now if is_captured else None,
    )  # fmt: skip
    book.spends.append(spend)
    books_close([book])
    return spend


def points_capture(*, spend_id: str) -> Spend:
    """What was set aside is spent; capturing again changes nothing, a voided hold refuses."""
    return _hold_end(spend_id, is_void=False)


def points_void(*, spend_id: str) -> Spend:
    """What was set aside goes back to its lots and dates (N-12); voiding again changes nothing."""
    return _hold_end(spend_id, is_void=True)


def _hold_end(spend_id: str, *, is_void: bool) -> Spend:
    with transaction.atomic():
        owner_id = spend_get(spend_id).member_id
        member_id = living_ids([owner_id], lock=True)[owner_id]
        book = books_open([member_id])[member_id]
        spend = next(row for row in book.spends if row.public_id == spend_id)
        if (spend.voided_at if is_void else spend.captured_at) is not None:
            return spend
        if spend.captured_at is not None or spend.voided_at is not None:
            message = "the hold has ended already"
            raise InvalidTransition(message)
        now = clock.now()
        lapsed = _lapsed_points(book, spend, now) if is_void else 0
        spend.captured_at, spend.voided_at = (None, now) if is_void else (now, None)
        spend.save(update_fields=["captured_at", "voided_at", "updated_at"])
        books_close([book])
        if lapsed:
            _restore(spend, lapsed, now)
        return spend


def _lapsed_points(book: Book, spend: Spend, now: datetime) -> int:
    """Points of the hold whose lots have lapsed meanwhile."""
    for result in book.standing(now, offsets_cash=offsets_cash()).spends:
        if result.facts.key == spend.reference:
            return sum(
                points
                for lot, points in result.parts
                if lot.facts.expires_at is not None and lot.facts.expires_at <= now
            )
    return 0


def _restore(spend: Spend, points: int, now: datetime) -> None:
    """N-12: points of lapsed lots come back as a new lot with some days of grace."""
    day = clock.local_date(now, current_tenant().timezone)
    last_day = day + timedelta(days=setting("points.restore_grace_days"))
    _grant(
        member_id=spend.member_id, points=points, source=("restore", spend.reference), door="grant",
        at=now, last_day=last_day,
    )  # fmt: skip


def points_adjust(*, member_id: int, points: int, reason: str, reference: str) -> PointsAccount:
    """Correct a balance by hand, up or down, with a reason; never below zero (EC-25)."""
    if points == 0 or not reason.strip():
        message = "an adjustment needs an amount and a reason"
        raise InvalidValue(message, pointer="/points" if points == 0 else "/reason")
    with transaction.atomic():
        member_id = living_ids([member_id], lock=True)[member_id]
        before = books_open([member_id])[member_id].account.available
        if points > 0:
            _grant(
                member_id=member_id,
                points=points,
                source=("adjust", reference),
                door="adjust",
                at=None,
            )
        else:
            _spend(
                member_id=member_id, points=-points, reference=f"adjust/{reference}", reason=reason,
                at=None, sink="deduct", is_captured=True,
            )  # fmt: skip
        account = PointsAccount.objects.get(member_id=member_id)
        audit.record(
            "points.adjust", object_type="member",
            object_id=member_public_ids([member_id]).get(member_id, ""),
            before={"available": before},
            after={"available": account.available, "points": points, "reason": reason[:200]},
        )  # fmt: skip
    return account
