"""Look up doubts, merges and what they moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, Func, IntegerField, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from members.identity.merging import pair_of
from members.identity.models import (
    Identity,
    IdentityConflict,
    IdentityReport,
    MemberMerge,
    MergeMove,
    MergeState,
)
from members.identity.participants import participants
from members.orders.models import Order
from members.people.models import Member
from scrm.access.scope import scope_refuse
from scrm.core.errors import NotFound

_LATE = gettext_lazy("合并后由其标识带来的订单")


def conflict_get(public_id: str, *, lock: bool = False) -> IdentityConflict:
    """The doubt with both members; NotFound otherwise."""
    rows = IdentityConflict.objects.select_related("kept", "other")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def conflicts_listed(*, states: Sequence[str] = (), search: str = "") -> QuerySet[IdentityConflict]:
    """Doubts of the brand; by state, and by the number of one of the two. They may be about anybody."""
    scope_refuse()
    found = IdentityConflict.objects.select_related("kept", "other")
    if states:
        found = found.filter(state__in=list(states))
    if search:
        found = found.filter(Q(kept__member_no=search) | Q(other__member_no=search))
    return found


def merge_get(public_id: str) -> MemberMerge:
    """The merge with both members; NotFound otherwise."""
    scope_refuse()
    rows = MemberMerge.objects.select_related("source", "target")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def merges_listed(*, states: Sequence[str] = (), search: str = "") -> QuerySet[MemberMerge]:
    """Merges of the brand; by state, and by the number of one of the two. They may be about anybody."""
    scope_refuse()
    found = MemberMerge.objects.select_related("source", "target")
    if states:
        found = found.filter(state__in=list(states))
    if search:
        found = found.filter(Q(source__member_no=search) | Q(target__member_no=search))
    return found


def merges_of(public_id: str) -> QuerySet[MemberMerge]:
    """Merges in which the account itself took part; NotFound for an unknown one."""
    scope_refuse()
    member = Member.objects.filter(public_id=public_id).first()
    if member is None:
        raise NotFound
    return merges_listed().filter(Q(source=member) | Q(target=member))


def merges_into(member_id: int) -> QuerySet[MemberMerge]:
    """Merges that made the member what it is or was, newest first."""
    rows = MemberMerge.objects.select_related("source", "target").filter(target_id=member_id)
    return rows.order_by("-merged_at", "-pk")[:20]


@dataclass(frozen=True)
class Going:
    """A line of a split's preview: how many rows of a room go back with the source."""

    label: str | Promise
    rows: int


def split_preview(merge: MemberMerge) -> list[Going]:
    """What a split would take back, from what the merge moved and what its identifiers brought since."""
    moved = MergeMove.objects.filter(merge=merge).values("participant").order_by()
    length = Func("ids", function="cardinality", output_field=IntegerField())
    counts = {row["participant"]: row["rows"] or 0 for row in moved.annotate(rows=Sum(length))}
    pair = pair_of(merge)
    lines = []
    for each in participants():
        own = None if merge.state == MergeState.REVERTED else each.going(pair)
        if rows := counts.get(each.key, 0) if own is None else own:
            lines.append(Going(each.label, rows))
    late = late_orders(merge)
    return [*lines, Going(_LATE, late)] if late else lines


def split_warnings(merge: MemberMerge) -> list[str]:
    """What else a split would do that somebody should know before."""
    if not may_split(merge):
        return []
    pair = pair_of(merge)
    return [str(line) for each in participants() for line in each.parting(pair)]


def late_orders(merge: MemberMerge) -> int:
    """Orders since the merge by an identifier that would go back."""
    moved = MergeMove.objects.filter(merge=merge, participant="identities")
    each = Func("ids", function="unnest", output_field=BigIntegerField())
    keys = moved.annotate(key=each).values("key")
    held = Identity.objects.filter(pk__in=keys, member_id=merge.target_id).values("pk")
    return Order.objects.filter(
        member_id=merge.target_id, created_at__gte=merge.merged_at, via_identity_id__in=held
    ).count()


def may_split(merge: MemberMerge) -> bool:
    """Whether nothing outside it has to be split first."""
    return (
        merge.state in {MergeState.MOVING, MergeState.DONE}
        and merge.source.merged_into_id == merge.target_id
        and merge.target.merged_into_id is None
    )


def report_latest() -> IdentityReport | None:
    """What the last night found."""
    return IdentityReport.objects.order_by("-as_of").first()


def members_named(public_ids: Sequence[str]) -> dict[str, Member]:
    """Accounts by public id, merged ones as they are."""
    rows = Member.objects.filter(public_id__in=list(public_ids))
    return {member.public_id: member for member in rows}
