"""When a friendship changes state. Facts may come late, twice or in any order: the newest one decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from scrm.wecom.models import DeletedBy, RelationState


class Rank(IntEnum):
    """Of facts of the same second the higher rank is the later: nobody deletes before adding."""

    HALF = 0
    ADDED = 1
    DELETED_BY_CUSTOMER = 2
    DELETED_BY_STAFF = 3
    NOT_SEEN = 4


@dataclass(frozen=True, kw_only=True)
class Bond:
    """A friendship's state and the fact that decided it."""

    state: RelationState
    event_at: datetime
    event_rank: Rank
    added_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str = ""


_OUTCOME = {
    Rank.HALF: (RelationState.HALF, ""),
    Rank.ADDED: (RelationState.ACTIVE, ""),
    Rank.DELETED_BY_CUSTOMER: (RelationState.DELETED, DeletedBy.CUSTOMER),
    Rank.DELETED_BY_STAFF: (RelationState.DELETED, DeletedBy.STAFF),
    Rank.NOT_SEEN: (RelationState.DELETED, DeletedBy.SYNC),
}
CHANGES = {
    "add_half_external_contact": Rank.HALF,
    "add_external_contact": Rank.ADDED,
    "del_follow_user": Rank.DELETED_BY_CUSTOMER,
    "del_external_contact": Rank.DELETED_BY_STAFF,
}


def bond_after(bond: Bond | None, *, rank: Rank, at: datetime) -> Bond:
    """The friendship after a fact: unchanged if a newer one is known already."""
    if bond is not None and (bond.event_at, bond.event_rank) >= (at, rank):
        return _with_start(bond, rank, at)
    state, deleted_by = _OUTCOME[rank]
    known = bond.added_at if bond is not None else None
    if state is RelationState.DELETED:
        return Bond(
            state=state, event_at=at, event_rank=rank, added_at=known, deleted_at=at, deleted_by=deleted_by
        )
    is_same_friendship = bond is not None and bond.state is not RelationState.DELETED and known is not None
    added_at = known if is_same_friendship else at
    return Bond(state=state, event_at=at, event_rank=rank, added_at=added_at)


def _with_start(bond: Bond, rank: Rank, at: datetime) -> Bond:
    """A late "added" still tells when a friendship that we only know ended had begun."""
    if rank > Rank.ADDED or bond.added_at is not None:
        return bond
    return Bond(
        state=bond.state,
        event_at=bond.event_at,
        event_rank=bond.event_rank,
        added_at=at,
        deleted_at=bond.deleted_at,
        deleted_by=bond.deleted_by,
    )


def bond_seen(bond: Bond | None, *, createtime: datetime) -> Bond:
    """The friendship after WeCom's own list showed it.

    A customer's deletion does not show there, so a friendship that ended stays ended unless the one in
    the list began later; one that only the reconciliation missed is back.
    """
    if bond is None:
        return bond_after(None, rank=Rank.ADDED, at=createtime)
    if bond.state is not RelationState.DELETED:
        return bond
    if bond.deleted_by == DeletedBy.SYNC:
        at = max(bond.event_at, createtime)
        return Bond(
            state=RelationState.ACTIVE,
            event_at=at,
            event_rank=Rank.ADDED,
            added_at=bond.added_at or createtime,
        )
    return bond_after(bond, rank=Rank.ADDED, at=createtime) if createtime > bond.event_at else bond
