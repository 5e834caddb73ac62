"""Tell the ledger the difference between the flows it knows and the flows that should be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from points.lots.flows import FLOWS, AccountKind
from scrm.ledger.services import Owner, Posting, accounts_ensure, transfer_post_many

UNIT = "points"
MEMBER = "member"
REASON = "points."
UNDO = ".undo"
# Balances that went from one account to another because members were merged or split.
CARRIED = (f"{REASON}merge", f"{REASON}split")
_OF_SYSTEM = frozenset(
    {
        AccountKind.ISSUED,
        AccountKind.REDEEMED,
        AccountKind.EXPIRED,
        AccountKind.REVERSED,
        AccountKind.ADJUSTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A flow grew (points > 0) or shrank; ``reference`` names it for ever."""

    member_id: int
    flow: str
    points: int
    reference: str
    occurred_at: datetime


def changes_of(
    *,
    member_id: int,
    name: str,
    old: Mapping[str, int],
    new: Mapping[str, int],
    moved_at: Mapping[str, datetime],
    otherwise: datetime,
) -> list[Change]:
    """The flows of one lot or spend that differ."""
    return [
        Change(
            member_id=member_id,
            flow=flow,
            points=new.get(flow, 0) - old.get(flow, 0),
            reference=f"{name}/{flow}",
            occurred_at=moved_at.get(flow, otherwise),
        )
        for flow in FLOWS
        if new.get(flow, 0) != old.get(flow, 0)
    ]


def moves_of(changes: Sequence[Change]) -> dict[str, list[list[int]]]:
    """By flow, who was moved by how many points in all; what came to nothing is left out."""
    totals: dict[tuple[str, int], int] = defaultdict(int)
    for change in changes:
        totals[change.flow, change.member_id] += change.points
    moves: dict[str, list[list[int]]] = defaultdict(list)
    for (flow, member_id), points in sorted(totals.items()):
        if points:
            moves[flow].append([member_id, points])
    return dict(moves)


def owner_of(kind: AccountKind, member_id: int) -> Owner:
    """The ledger's owner of an account; a debt account alone may stand below zero."""
    if kind in _OF_SYSTEM:
        return Owner(kind=kind)
    floor = None if kind is AccountKind.DEBT else 0
    return Owner(kind=kind, owner_kind=MEMBER, owner_id=member_id, floor=floor)


def balances_carry(
    *,
    giver: int,
    taker: int,
    amounts: Mapping[AccountKind, int],
    reference: str,
    at: datetime,
) -> None:
    """Move balances from one member's accounts to another's, kind by kind; a debt is a negative amount.

    The reference begins with the word for it, `merge` or `split`.
    """
    wanted = {kind: points for kind, points in amounts.items() if points}
    if not wanted:
        return
    owners = [owner_of(kind, member_id) for kind in wanted for member_id in (giver, taker)]
    keys = accounts_ensure(unit=UNIT, owners=owners)
    transfer_post_many(
        [
            Posting(
                debit=keys[MEMBER, giver if points > 0 else taker, kind],
                credit=keys[MEMBER, taker if points > 0 else giver, kind],
                amount=abs(points),
                reason=f"{REASON}{reference.partition('/')[0]}",
                reference=f"{reference}/{kind}",
                occurred_at=at,
            )
            for kind, points in wanted.items()
        ]
    )


def postings_post(changes: Sequence[Change]) -> None:
    """Post all changes, stage by stage, so that credits to an account precede its debits."""
    if not changes:
        return
    owners = {
        (kind, 0 if kind in _OF_SYSTEM else change.member_id): owner_of(kind, change.member_id)
        for change in changes
        for kind in FLOWS[change.flow][:2]
    }
    keys = accounts_ensure(unit=UNIT, owners=owners.values())
    stages: dict[int, list[Posting]] = defaultdict(list)
    for change in changes:
        flow = FLOWS[change.flow]
        ends = [
            keys[owner.owner_kind, owner.owner_id, owner.kind]
            for owner in (
                owners[kind, 0 if kind in _OF_SYSTEM else change.member_id] for kind in flow[:2]
            )
        ]
        is_forward = change.points > 0
        debit, credit = ends if is_forward else reversed(ends)
        stages[flow.forward if is_forward else flow.backward].append(
            Posting(
                debit=debit,
                credit=credit,
                amount=abs(change.points),
                reason=f"{REASON}{change.flow}{'' if is_forward else UNDO}",
                reference=change.reference,
                occurred_at=change.occurred_at,
            )
        )
    for stage in sorted(stages):
        transfer_post_many(stages[stage])
