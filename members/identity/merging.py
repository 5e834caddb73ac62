"""Make one member of two, and two of one again (N-40), so that nobody waits for it (ADR 16).

First the members switch over, in one short transaction: from then on everything new lands on the target.
Then the rooms' rows follow in small chunks. At the end each room settles what follows from them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from members.identity.joining import phone_settle, profile_join, profile_part
from members.identity.models import MemberMerge, MergeCause, MergeMove, MergeState
from members.identity.participants import Effect, MergePair, Moved, participants
from members.identity.rowmoves import RowsPreview, rows_effects
from members.identity.stranding import stranding
from members.people.models import Member, MemberStatus
from members.people.selectors import living_ids, person_ids
from members.segments.dirty import PERSON, mark_dirty
from scrm.access.scope import scope_refuse
from scrm.core import clock
from scrm.core.errors import Busy, DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish

# Rows that change their member in one transaction: few enough that a writer of one of them hardly waits.
CHUNK = 1000
_MERGED = (MergeState.MOVING, MergeState.DONE)


class MergeSelf(DomainError):
    """A member cannot be merged into itself."""

    code = "merge_self"


class MergeBlocked(DomainError):
    """Something of the source is under way, or could not come along; `reasons` says what."""

    code = "merge_blocked"
    kind = ErrorKind.CONFLICT


class SplitBlocked(DomainError):
    """Only the last merge of a chain can be taken back: split the outer one first."""

    code = "split_blocked"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class MergePreview:
    """What a merge would do, and why it may not."""

    source: Member
    target: Member
    effects: list[Effect]
    blockers: list[str]


@dataclass(frozen=True, kw_only=True)
class Join:
    """One account went into another."""

    origin_id: int
    into_id: int
    at: datetime


def merge_preview(*, source: str, target: str) -> MergePreview:
    """Both members with every room's figures; raises what the merge would raise, but for blockers."""
    scope_refuse()
    found = {row.public_id: row for row in Member.objects.filter(public_id__in={source, target})}
    if target in found and not source:
        raise InvalidValue("say who would be merged", pointer="?source")
    if source not in found or target not in found:
        raise NotFound
    ours, theirs = found[source], found[target]
    if theirs.merged_into_id is not None:
        theirs = Member.objects.get(pk=living_ids([theirs.pk])[theirs.pk])
    _check(ours, theirs)
    return MergePreview(
        source=ours,
        target=theirs,
        effects=_effects(ours.pk, theirs.pk),
        blockers=_blockers(ours, theirs),
    )


def _effects(source_id: int, target_id: int) -> list[Effect]:
    """Every room's lines in the rooms' order; plain counts are asked together."""
    counted = [each for each in participants() if isinstance(each.preview, RowsPreview)]
    previews = [each.preview for each in counted if isinstance(each.preview, RowsPreview)]
    lines = dict(
        zip(
            (each.key for each in counted),
            rows_effects(previews, source_id, target_id),
            strict=True,
        )
    )
    found: list[Effect] = []
    for each in participants():
        if each.key in lines:
            found.append(lines[each.key])
        else:
            found += each.preview(source_id, target_id)
    return found


def member_merge(
    *, source: str, target: str, reason: str, cause: str = MergeCause.MANUAL
) -> MemberMerge:
    """The source goes into the target; its public id answers for the target from now on.

    Merging the same two again changes nothing. Not within a transaction: the rows follow in chunks.
    """
    scope_refuse()
    source_id, target_id = _raw(source).pk, _raw(target).pk
    merge = members_join(source_id=source_id, target_id=target_id, reason=reason, cause=cause)
    return merge_finish(merge.pk)


def members_join(*, source_id: int, target_id: int, reason: str, cause: str) -> MemberMerge:
    """The first phase: lock both, look again, switch over."""
    for merge_id in _unfinished(source_id, target_id):
        merge_finish(merge_id)
    with transaction.atomic():
        target_id = living_ids([target_id])[target_id]
        rows = (
            Member.objects.select_for_update(of=("self",))
            .filter(pk__in=[source_id, target_id])
            .order_by("pk")
        )
        found = {member.pk: member for member in rows}
        source, target = found[source_id], found[target_id]
        if done := _merged_already(source, target):
            return done
        _check(source, target)
        if _unfinished(source_id, target_id):
            raise Busy("one of the two is being merged or split right now")
        if reasons := _blockers(source, target):
            raise MergeBlocked("; ".join(reasons), reasons=reasons)
        merge = MemberMerge.objects.create(
            source=source,
            target=target,
            cause=cause,
            reason=reason[:200],
            actor_label=current_actor().label[:80],
            merged_at=clock.now(),
            snapshot=profile_join(source, target),
        )
        source.status, source.merged_into_id = MemberStatus.MERGED, target.pk
        source.save(update_fields=["status", "merged_into", "updated_at"])
        mark_dirty([source.pk, target.pk], PERSON)
        pair = pair_of(merge)
        for each in participants():
            if each.is_instant:
                _keep(merge, each.key, each.move(pair, CHUNK))
        _recorded("members.merged", merge, reason)
        told = {"source_id": source.pk, "target_id": target.pk, "merge_id": merge.pk}
        publish("member.merged", payload=told)
    return merge


def merge_finish(merge_id: int) -> MemberMerge:
    """Whatever is left of a merge or a split; safe to call again, late or by two at once."""
    while _step(merge_id):
        pass
    return MemberMerge.objects.select_related("source", "target").get(pk=merge_id)


def _step(merge_id: int) -> bool:
    """One chunk, in a transaction of its own; False when nothing is left to do."""
    with transaction.atomic():
        merge = MemberMerge.objects.select_for_update(of=("self",)).get(pk=merge_id)
        # Rows of any kind change hands in every step.
        mark_dirty([merge.source_id, merge.target_id], PERSON)
        if merge.state == MergeState.MOVING:
            return _move_some(merge)
        if merge.state == MergeState.REVERTING:
            return _restore_some(merge)
        return False


def _move_some(merge: MemberMerge) -> bool:
    pair = pair_of(merge)
    for each in participants():
        if not each.is_instant and (moved := each.move(pair, CHUNK)) is not None:
            _keep(merge, each.key, moved)
            return True
    for each in participants():
        each.settle(pair)
    _ended(merge, MergeState.DONE)
    return False


def _keep(merge: MemberMerge, participant: str, moved: Moved | None) -> None:
    if moved is not None:
        number = MergeMove.objects.filter(merge=merge).count()
        MergeMove.objects.create(
            merge=merge, participant=participant, number=number, ids=list(moved.ids),
            data=dict(moved.data),
        )  # fmt: skip


def _ended(merge: MemberMerge, state: str) -> None:
    merge.state = state
    merge.save(update_fields=["state", "updated_at"])
    told = {"member_ids": [merge.source_id, merge.target_id], "merge_id": merge.pk}
    publish("member.settled", payload=told)


def member_split(*, merge: str, reason: str) -> MemberMerge:
    """Take a merge back: every row that came with the source returns to it, and what its own
    identifiers brought since. Splitting again changes nothing. Not within a transaction.
    """
    scope_refuse()
    found = MemberMerge.objects.filter(public_id=merge).first()
    if found is None:
        raise NotFound
    if found.state == MergeState.MOVING:
        merge_finish(found.pk)
    _switch_back(found.pk, reason)
    return merge_finish(found.pk)


def _switch_back(merge_id: int, reason: str) -> None:
    with transaction.atomic():
        merge = MemberMerge.objects.select_for_update(of=("self",)).get(pk=merge_id)
        if merge.state in {MergeState.REVERTING, MergeState.REVERTED}:
            return
        rows = (
            Member.objects.select_for_update(of=("self",))
            .filter(pk__in=[merge.source_id, merge.target_id])
            .order_by("pk")
        )
        found = {member.pk: member for member in rows}
        source, target = found[merge.source_id], found[merge.target_id]
        if target.merged_into_id is not None or source.merged_into_id != target.pk:
            raise SplitBlocked("split the merge of the target first")
        if target.status == MemberStatus.ERASED:
            raise SplitBlocked("this person has been erased")
        source.status, source.merged_into_id = merge.snapshot["status"], None
        source.save(update_fields=["status", "merged_into", "updated_at"])
        mark_dirty([source.pk, target.pk], PERSON)
        pair = pair_of(merge)
        for each in reversed(participants()):
            if each.is_instant:
                moves = MergeMove.objects.filter(merge=merge, participant=each.key)
                parts = [Moved(ids=tuple(move.ids), data=move.data) for move in moves]
                each.restore(pair, parts)
                moves.delete()
        profile_part(source, target, merge.snapshot)
        if not target.phone_tail:
            phone_settle(target.pk)
        merge.state, merge.reverted_at = MergeState.REVERTING, clock.now()
        merge.reverted_by, merge.revert_reason = current_actor().label[:80], reason[:200]
        merge.save(
            update_fields=["state", "reverted_at", "reverted_by", "revert_reason", "updated_at"]
        )
        _recorded("members.split", merge, reason)
        told = {"source_id": source.pk, "target_id": target.pk, "merge_id": merge.pk}
        publish("member.unmerged", payload=told)


def _restore_some(merge: MemberMerge) -> bool:
    pair = pair_of(merge)
    by_key = {each.key: each for each in participants()}
    move = MergeMove.objects.filter(merge=merge).order_by("-number").first()
    if move is not None:
        by_key[move.participant].restore(pair, [Moved(ids=tuple(move.ids), data=move.data)])
        move.delete()
        return True
    for each in reversed(participants()):
        each.settle_split(pair)
    _ended(merge, MergeState.REVERTED)
    return False


def merges_resume() -> int:
    """Finish what a worker left behind; returns how many there were."""
    waiting = [MergeState.MOVING, MergeState.REVERTING]
    unfinished = list(
        MemberMerge.objects.filter(state__in=waiting).order_by("pk").values_list("pk", flat=True)
    )
    for merge_id in unfinished:
        merge_finish(merge_id)
    return len(unfinished)


def joins_of(member_ids: Collection[int]) -> dict[int, tuple[Join, ...]]:
    """Living member → the merges that made it what it is, in the order they happened."""
    persons = person_ids(member_ids)
    owners = {each: living for living, ids in persons.items() for each in ids}
    found: dict[int, list[Join]] = {living: [] for living in persons}
    merges = MemberMerge.objects.filter(source_id__in=list(owners), state__in=_MERGED)
    for merge in merges.order_by("merged_at", "pk"):
        join = Join(origin_id=merge.source_id, into_id=merge.target_id, at=merge.merged_at)
        living = owners[merge.source_id]
        if owners.get(merge.target_id) == living:
            found[living].append(join)
    return {living: tuple(joins) for living, joins in found.items()}


def _unfinished(*member_ids: int) -> list[int]:
    """Merges and splits of these members whose rows are still on their way."""
    rows = MemberMerge.objects.filter(
        Q(source_id__in=member_ids) | Q(target_id__in=member_ids),
        state__in=[MergeState.MOVING, MergeState.REVERTING],
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


# -- looks ------------------------------------------------------------------------------------------
def _raw(public_id: str) -> Member:
    """The account itself: following merges here would merge somebody else."""
    member = Member.objects.filter(public_id=public_id).first()
    if member is None:
        raise NotFound
    return member


def _merged_already(source: Member, target: Member) -> MemberMerge | None:
    if source.merged_into_id is None or living_ids([source.pk])[source.pk] != target.pk:
        return None
    merges = MemberMerge.objects.filter(source=source, state__in=_MERGED)
    return merges.order_by("-pk").first()


def _check(source: Member, target: Member) -> None:
    if source.pk == target.pk:
        raise MergeSelf("the two are one member already", pointer="/source_id")
    gone = (MemberStatus.MERGED, MemberStatus.ERASED)
    if source.status in gone or target.status in gone:
        raise InvalidTransition("merged and erased accounts cannot be merged")


def _blockers(source: Member, target: Member) -> list[str]:
    reasons: list[Any] = [
        reason for each in participants() for reason in each.blockers(source.pk, target.pk)
    ]
    return [str(reason) for reason in [*reasons, *stranding(source, target)]]


def pair_of(merge: MemberMerge) -> MergePair:
    """The merge as its participants see it."""
    return MergePair(
        merge_id=merge.pk,
        source_id=merge.source_id,
        target_id=merge.target_id,
        at=merge.merged_at,
    )


def _recorded(action: str, merge: MemberMerge, reason: str) -> None:
    record(
        action,
        object_type="merge",
        object_id=merge.public_id,
        after={
            "source": merge.source.public_id,
            "target": merge.target.public_id,
            "cause": merge.cause,
            "reason": reason[:200],
        },
    )
