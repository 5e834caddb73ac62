"""Read points: decided by facts and the clock, not by when a job ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast

from members.people.models import Member
from members.people.selectors import member_get, person_ids
from points.accounts.words import flow_label
from points.lots.books import lot_facts, offsets_cash, person_joins, soon_after, spend_facts
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.posting import CARRIED, MEMBER, REASON, UNDO, UNIT
from points.lots.rules import LotResult, Standing, lot_state, standing_of
from scrm.core import clock
from scrm.ledger.models import Account, Transfer
from scrm.tenants.keys import keys_among

_LOTS_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class LotView:
    """One lot as it stands at the instant of the account view."""

    source_type: str
    source_id: str
    order_id: int | None
    points: int
    remaining: int
    held: int
    state: str
    issued_at: datetime
    available_at: datetime | None
    expires_at: datetime | None

    @property
    def last_day(self) -> datetime | None:
        """A moment on the last valid day; None while unknown, or for ever."""
        return None if self.expires_at is None else self.expires_at - timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """A member's points at an instant."""

    member_id: str
    as_of: datetime
    available: int
    pending: int
    held: int
    debt: int
    expiring_30d: int
    lots: Sequence[LotView]


@dataclass(frozen=True, kw_only=True)
class StatementEntry:
    """One movement of a member's points, as people read it. ``points`` is signed as they feel it."""

    at: datetime
    flow: str
    is_undone: bool
    points: int
    source_type: str
    source_id: str

    @property
    def label(self) -> str:
        return flow_label(self.flow, is_undone=self.is_undone)


def account_get(public_id: str) -> AccountView:
    """The account of the member with that public id; NotFound for an unknown member."""
    member = member_get(public_id)
    return account_of(member)


def account_of(member: Member) -> AccountView:
    """The member's account now; nothing is written."""
    at = clock.now()
    persons = person_ids([member.pk])
    lots = list(Lot.objects.filter(member_id__in=persons[member.pk]))
    standing = standing_get(persons, lots, at)
    shown = sorted(
        zip(lots, standing.lots, strict=True), key=lambda pair: pair[0].issued_at, reverse=True
    )
    return AccountView(
        member_id=member.public_id,
        as_of=at,
        available=standing.available,
        pending=standing.pending,
        held=standing.held,
        debt=standing.debt,
        expiring_30d=standing.lapsing_by(soon_after(at)),
        lots=[_lot_view(lot, result) for lot, result in shown[:_LOTS_SHOWN]],
    )


def standing_get(
    persons: Mapping[int, Sequence[int]], lots: Sequence[Lot], at: datetime
) -> Standing:
    """What the lots and spends of one person, merged accounts included, come to at an instant."""
    ((living, member_ids),) = persons.items()
    return standing_of(
        [lot_facts(lot) for lot in lots],
        [spend_facts(spend) for spend in Spend.objects.filter(member_id__in=member_ids)],
        at=at,
        offsets_cash=offsets_cash(),
        joins=person_joins(persons).get(living, ()),
    )


def _lot_view(lot: Lot, result: LotResult) -> LotView:
    return LotView(
        source_type=lot.source_type,
        source_id=lot.source_id,
        order_id=lot.order_id,
        points=lot.qty,
        remaining=result.remaining,
        held=result.held,
        state=lot_state(result).value,
        issued_at=lot.issued_at,
        available_at=lot.available_at,
        expires_at=lot.expires_at,
    )


def balances_by_member(member_ids: Sequence[int]) -> dict[int, int]:
    """Available points as of the last settlement, for columns of a list."""
    return dict(
        PointsAccount.objects.filter(keys_among("member_id", member_ids)).values_list(
            "member_id", "available"
        )
    )


def accounts_listed() -> QuerySet[PointsAccount]:
    """All accounts with their members; a merged member's points stand in the account of who it went into."""
    return PointsAccount.objects.select_related("member").filter(member__merged_into=None)


def accounts_due_soon() -> QuerySet[PointsAccount]:
    """Accounts with points that lapse within thirty days."""
    return accounts_listed().filter(expiring_30d__gt=0)


_PART = "split_part"


def _part(number: int) -> Func:
    return Func(F("reference"), Value("/"), Value(number), function=_PART, output_field=CharField())


def transactions_listed(*, member: str | None = None) -> QuerySet[Transfer]:
    """Every movement of points, of one person if named, with its source; keyed newest first.

    Balances that only changed hands in a merge or split are none.
    """
    found = Transfer.objects.filter(reason__startswith=REASON).exclude(reason__in=CARRIED)
    if member is not None:
        keys = _accounts_of(member_get(member).pk)
        found = found.filter(Q(debit_id__in=keys) | Q(credit_id__in=keys))
    key = Cast(_part(2), BigIntegerField())
    lot_key = Case(When(reference__startswith="lot/", then=key), default=None)
    spend_key = Case(When(reference__startswith="spend/", then=key), default=None)
    lot, spend = (
        Lot.objects.filter(pk=OuterRef("lot_key")),
        Spend.objects.filter(pk=OuterRef("spend_key")),
    )
    owner = Case(
        When(debit__owner_kind=MEMBER, then=F("debit__owner_id")), default=F("credit__owner_id")
    )
    return found.annotate(
        lot_key=lot_key,
        spend_key=spend_key,
        owner=owner,
        lot_source=Subquery(lot.values("source_type")[:1]),
        lot_source_id=Subquery(lot.values("source_id")[:1]),
        spend_id=Subquery(spend.values("public_id")[:1]),
        member_public_id=Subquery(
            Member.objects.filter(pk=OuterRef("owner")).values("public_id")[:1]
        ),
    )


def flow_of(transfer: Transfer) -> tuple[str, bool]:
    """Which flow a transfer moved, and whether it took it back."""
    name = transfer.reason.removeprefix(REASON)
    return name.removesuffix(UNDO), name.endswith(UNDO)


# How a flow feels to the member: what they can spend, now or soon.
_SIGNS = {
    "earn": 1, "grant": 1, "adjust": 1, "cut_pending": -1, "cut": -1, "debt": -1, "pay": -1, "expire": -1,
    "hold": -1, "hold_debt": -1,
}  # fmt: skip
# Moves that change no amount in the member's eyes or only finish another one.
_QUIET = frozenset({"activate", "capture", "deduct", "offset", "pay"})


def statement_get(
    member_id: int, *, before: datetime | None = None, limit: int = 50
) -> list[StatementEntry]:
    """The newest movements of a person by business time, without the bookkeeping between own accounts."""
    keys = _accounts_of(member_id)
    quiet = [f"{REASON}{flow}{end}" for flow in _QUIET for end in ("", UNDO)]
    rows = (
        Transfer.objects.filter(Q(debit_id__in=keys) | Q(credit_id__in=keys))
        .exclude(reason__in=quiet)
        .exclude(reason__in=CARRIED, debit_id__in=keys, credit_id__in=keys)
    )
    if before is not None:
        rows = rows.filter(occurred_at__lt=before)
    found = list(rows.order_by("-occurred_at", "-id")[:limit])
    lots = Lot.objects.in_bulk([_key(row) for row in found if row.reference.startswith("lot/")])
    spends = Spend.objects.in_bulk(
        [_key(row) for row in found if row.reference.startswith("spend/")]
    )
    return [
        _carried(row, is_ours=row.credit_id in keys)
        if row.reason in CARRIED
        else _entry(row, lots, spends)
        for row in found
    ]


def _accounts_of(member_id: int) -> list[int]:
    """The ledger accounts of a person, those of merged members included: what was said there stays there."""
    found = Account.objects.filter(
        unit=UNIT, owner_kind=MEMBER, owner_id__in=person_ids([member_id])[member_id]
    )
    return list(found.values_list("id", flat=True))


def _carried(row: Transfer, *, is_ours: bool) -> StatementEntry:
    """Points that came or went because members who were one are two again."""
    flow, _is_undone = flow_of(row)
    return StatementEntry(
        at=row.occurred_at, flow=flow, is_undone=False, points=row.amount if is_ours else -row.amount,
        source_type="member", source_id="",
    )  # fmt: skip


def _key(row: Transfer) -> int:
    return int(row.reference.split("/")[1])


def _entry(row: Transfer, lots: dict[int, Lot], spends: dict[int, Spend]) -> StatementEntry:
    flow, is_undone = flow_of(row)
    if row.reference.startswith("lot/"):
        lot = lots[_key(row)]
        source = (lot.source_type, lot.source_id)
    else:
        source = ("spend", spends[_key(row)].reference)
    points = row.amount * _SIGNS.get(flow, 1) * (-1 if is_undone else 1)
    return StatementEntry(
        at=row.occurred_at, flow=flow, is_undone=is_undone, points=points,
        source_type=source[0], source_id=source[1],
    )  # fmt: skip
