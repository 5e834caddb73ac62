"""When a friendship changes state. Facts may come late, twice or in any order: the newest one decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from scrm.wecom.models import DeletedBy, RelationState


class Rank(IntEnum):
    """Of facts of the same second the higher rank is the later: nobody deletes before adding."""

    SEEN = 0  # WeCom's list shows the friendship; no event told us
    HALF = 1
    ADDED = 2
    DELETED_BY_CUSTOMER = 3
    DELETED_BY_STAFF = 4
    NOT_SEEN = 5  # WeCom's list no longer shows it


@dataclass(frozen=True, kw_only=True)
class Bond:
    """A friendship's state and the fact that decided it."""

    state: RelationState
    event_at: datetime
    event_rank: Rank
    added_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str = ""


_OUTCOME: dict[Rank, tuple[RelationState, str]] = {
    Rank.SEEN: (RelationState.ACTIVE, ""),
    Rank.HALF: (RelationState.HALF, ""),
    Rank.ADDED: (RelationState.ACTIVE, ""),
    Rank.DELETED_BY_CUSTOMER: (RelationState.DELETED, DeletedBy.CUSTOMER.value),
    Rank.DELETED_BY_STAFF: (RelationState.DELETED, DeletedBy.STAFF.value),
    Rank.NOT_SEEN: (RelationState.DELETED, DeletedBy.SYNC.value),
}
RANKS = {
    "add_half_external_contact": Rank.HALF,
    "add_external_contact": Rank.ADDED,
    "del_follow_user": Rank.DELETED_BY_CUSTOMER,
    "del_external_contact": Rank.DELETED_BY_STAFF,
}


def bond_after(bond: Bond | None, *, rank: Rank, at: datetime) -> Bond:
    """The friendship after an event. The same set of events gives the same bond in any order."""
    begins = rank in {Rank.HALF, Rank.ADDED}
    known = bond.added_at if bond is not None else None
    added_at = max(known or at, at) if begins else known
    if bond is not None and bond.event_rank is Rank.SEEN and begins:
        # The event that WeCom's list anticipated; the list's own time may differ by a little.
        at = max(at, bond.event_at)
    elif bond is not None and (bond.event_at, bond.event_rank) >= (at, rank):
        return replace(bond, added_at=added_at)
    return _decided(rank, at, added_at)


def bond_seen(bond: Bond | None, *, createtime: datetime) -> Bond:
    """The friendship after WeCom's own list showed it.

    A customer's deletion does not show there, so a friendship that ended stays ended unless the one in
    the list began later; one that only the reconciliation missed is back.
    """
    if bond is None:
        return _decided(Rank.SEEN, createtime, createtime)
    if bond.state is not RelationState.DELETED:
        return bond
    if bond.deleted_by == DeletedBy.SYNC or createtime > bond.event_at:
        return _decided(
            Rank.SEEN, max(createtime, bond.event_at), max(bond.added_at or createtime, createtime)
        )
    return bond


def _decided(rank: Rank, at: datetime, added_at: datetime | None) -> Bond:
    state, deleted_by = _OUTCOME[rank]
    return Bond(
        state=state,
        event_at=at,
        event_rank=rank,
        added_at=added_at,
        deleted_at=at if deleted_by else None,
        deleted_by=deleted_by,
    )


def change_name(before: Bond | None, after: Bond) -> str:
    """What to tell others about the change of a bond; empty if the deciding fact is the old one."""
    if before is not None and (before.event_at, before.event_rank) == (
        after.event_at,
        after.event_rank,
    ):
        return ""
    return {
        Rank.SEEN: "synced",
        Rank.HALF: "half_added",
        Rank.ADDED: "added",
        Rank.DELETED_BY_CUSTOMER: "deleted_by_customer",
        Rank.DELETED_BY_STAFF: "deleted_by_staff",
        Rank.NOT_SEEN: "deleted_by_staff",
    }[after.event_rank]
