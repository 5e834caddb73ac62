"""Two accounts of points become one, and one two again (N-40, ADR 16).

Lots and spends stay with the account they came to and are read over the whole person, so nothing has to follow:
the balances change hands in the moment the members do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from members.identity.participants import MergePair, Moved
from members.people.selectors import person_ids
from points.lots.books import accounts_open, books_open, books_settle, soon_after
from points.lots.flows import AccountKind
from points.lots.models import PointsAccount
from points.lots.posting import Change, balances_carry, moves_of, postings_post
from points.lots.rules import LotState
from points.lots.store import lots_write
from points.merging.selectors import LotSums, crossing_mark, has_points, lot_sums, lots_to_pay
from scrm.core import clock
from scrm.events.bus import publish

_FIGURES = ("available", "pending", "held", "debt", "expiring_30d")


def points_join(pair: MergePair, _limit: int) -> Moved | None:
    """All balances go to the target; what one of the two owes is paid by what the other has, in N-8's order."""
    both = (pair.source_id, pair.target_id)
    if not PointsAccount.objects.filter(member_id=pair.source_id).exists():
        return None
    accounts = accounts_open(both)
    ours, theirs = accounts[pair.source_id], accounts[pair.target_id]
    _carry(ours, theirs, ours, f"merge/{pair.merge_id}", pair.at)
    persons = person_ids(both)
    payers = set(persons[pair.source_id])
    if not ours.available:
        payers = set(persons[pair.target_id]) - payers
    for name in _FIGURES:
        setattr(theirs, name, getattr(theirs, name) + getattr(ours, name))
        setattr(ours, name, 0)
    due = [each.next_due_at for each in (ours, theirs) if each.next_due_at is not None]
    theirs.next_due_at, ours.next_due_at = min(due, default=None), None
    paid = min(theirs.debt, theirs.available)
    changes = _pay(theirs, payers, paid, pair.at)
    if paid:
        _dates_set(theirs, persons[pair.target_id], pair.at)
    _accounts_save(ours, theirs)
    _tell(pair, changes)
    mark = crossing_mark(persons[pair.target_id])
    return Moved(ids=(), data={"mark": mark, "paid": paid})


def points_part(pair: MergePair, parts: Sequence[Moved]) -> None:
    """Each gets what their own facts come to: where nothing passed between the two since, what the lots hold;
    else both are played anew.
    """
    both = (pair.source_id, pair.target_id)
    persons = person_ids(both)
    if not has_points(persons[pair.source_id]):
        return
    accounts = accounts_open(both)
    ours, theirs = accounts[pair.source_id], accounts[pair.target_id]
    kept = next((part.data for part in parts), {})
    everybody = {*persons[pair.source_id], *persons[pair.target_id]}
    now = clock.now()
    is_apart = not kept.get("paid", 1) and not theirs.debt
    changes: list[Change] = []
    if is_apart and crossing_mark(everybody) == kept.get("mark"):
        sums = _dates_set(ours, persons[pair.source_id], now)
        _dates_set(theirs, persons[pair.target_id], now)
        for name in ("available", "pending", "held"):
            setattr(ours, name, getattr(sums, name))
            setattr(theirs, name, getattr(theirs, name) - getattr(sums, name))
        _accounts_save(ours, theirs)
    else:
        books = books_open(both)
        ours = books[pair.source_id].account
        # Until here all flows stand in the target's accounts; there they are corrected, then the source's share
        # goes over.
        books[pair.source_id].ledger_id = pair.target_id
        _moved, changes = books_settle(books.values(), at=now)
    _carry(theirs, ours, ours, f"split/{pair.merge_id}", now)
    _tell(pair, changes)


def _dates_set(account: PointsAccount, member_ids: Collection[int], at: datetime) -> LotSums:
    """What follows from the lots' dates: what lapses soon, and when something is due next."""
    sums = lot_sums(member_ids, soon=soon_after(at))
    account.expiring_30d, account.next_due_at = sums.expiring_30d, sums.next_due_at
    return sums


def _pay(
    account: PointsAccount, payers: Collection[int], points: int, at: datetime
) -> list[Change]:
    """Take so many points out of the payers' lots for the debt of the account."""
    changes, lots = [], []
    account.available, account.debt = account.available - points, account.debt - points
    for lot in lots_to_pay(payers).iterator(chunk_size=200) if points else ():
        paid = min(points, lot.remaining)
        points -= paid
        lot.remaining -= paid
        lot.version += 1
        lot.flows = {**lot.flows, "pay": lot.flows.get("pay", 0) + paid}
        if not lot.remaining and not lot.held:
            lot.state = LotState.EXPIRED if lot.flows.get("expire") else LotState.DEPLETED
        lots.append(lot)
        changes.append(
            Change(
                member_id=account.member_id, flow="pay", points=paid,
                reference=f"lot/{lot.pk}/{lot.version}/pay", occurred_at=at,
            )
        )  # fmt: skip
        if not points:
            break
    lots_write(lots)
    postings_post(changes)
    return changes


def _carry(
    giver: PointsAccount, taker: PointsAccount, share: PointsAccount, reference: str, at: datetime
) -> None:
    """The balances of the share go from one to the other; a debt goes the other way round."""
    balances_carry(
        giver=giver.member_id,
        taker=taker.member_id,
        amounts={
            AccountKind.PENDING: share.pending,
            AccountKind.AVAILABLE: share.available,
            AccountKind.HELD: share.held,
            AccountKind.DEBT: -share.debt,
        },
        reference=reference,
        at=at,
    )


def _accounts_save(*accounts: PointsAccount) -> None:
    for account in accounts:
        account.save(update_fields=[*_FIGURES, "next_due_at", "updated_at"])


def _tell(pair: MergePair, changes: Sequence[Change]) -> None:
    told = {"member_ids": [pair.source_id, pair.target_id], "moves": moves_of(changes)}
    publish("points.changed", payload=told)
