"""What changes hands in the moment two members become one: identifiers, doubts, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from members.identity.cipher import value_decrypt
from members.identity.models import ConflictState, Identity, IdentityConflict
from members.identity.participants import MergePair, Moved
from members.people.models import Member, MemberStatus
from members.people.rules import phone_masked
from members.segments.dirty import PERSON, mark_dirty
from scrm.core import clock
from scrm.events.actor import current_actor
from scrm.wecom.models import FollowRelation, RelationState

# Known of a person once: the target's own word counts, the source's fills what it does not know.
_NAME = ("display_name", "name_grams")
_PHONE = ("phone_tail", "phone_masked", "phone_enc")
_GROUPS = (("gender",), ("birthday",), ("city",), ("occupation",), _NAME, _PHONE)


def identities_move(pair: MergePair, _limit: int) -> Moved | None:
    """All of them at once: from here on every door finds the target."""
    found = Identity.objects.filter(member_id=pair.source_id).order_by("pk")
    ids = tuple(found.values_list("pk", flat=True))
    if not ids:
        return None
    Identity.objects.filter(pk__in=ids).update(member_id=pair.target_id)
    return Moved(ids=ids)


def identities_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """Those the target still holds go back; one that an operator gave to somebody else stays there."""
    ids = [key for part in parts for key in part.ids]
    Identity.objects.filter(pk__in=ids, member_id=pair.target_id).update(member_id=pair.source_id)


def _pair(one: int, two: int) -> Q:
    return Q(kept_id=one, other_id=two) | Q(kept_id=two, other_id=one)


def conflicts_move(pair: MergePair, _limit: int) -> Moved | None:
    """The doubt between the two is answered; doubts about the source and others are about the target now."""
    found = list(
        IdentityConflict.objects.select_for_update(of=("self",))
        .filter(Q(kept_id=pair.source_id) | Q(other_id=pair.source_id))
        .order_by("pk")
    )
    kept: list[list[Any]] = []
    for doubt in found:
        other = doubt.other_id if doubt.kept_id == pair.source_id else doubt.kept_id
        if other == pair.target_id:
            if doubt.state == ConflictState.OPEN:
                kept.append([doubt.pk, doubt.kept_id, doubt.other_id, doubt.state])
                _decide(doubt, ConflictState.MERGED, pair.at)
            continue
        if doubt.state == ConflictState.MERGED:
            continue
        kept.append([doubt.pk, doubt.kept_id, doubt.other_id, doubt.state])
        known = IdentityConflict.objects.filter(_pair(pair.target_id, other))
        if known.exclude(state=ConflictState.MERGED).exists():
            _decide(doubt, ConflictState.MERGED, pair.at)
            continue
        doubt.kept_id, doubt.other_id = pair.target_id, other
        doubt.save(update_fields=["kept", "other", "updated_at"])
    return Moved(ids=(), data={"doubts": kept}) if kept else None


def conflicts_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """Doubts go back to whom they were about; the two who were split stay apart from now on."""
    for part in parts:
        for key, kept_id, other_id, state in part.data.get("doubts", ()):
            between = {kept_id, other_id} == {pair.source_id, pair.target_id}
            told = ConflictState.APART if between else state
            known = IdentityConflict.objects.filter(_pair(kept_id, other_id)).exclude(pk=key)
            if told == ConflictState.OPEN and known.exclude(state=ConflictState.MERGED).exists():
                told = ConflictState.MERGED
            IdentityConflict.objects.filter(pk=key).update(
                kept_id=kept_id, other_id=other_id, state=told
            )
    known = IdentityConflict.objects.filter(_pair(pair.source_id, pair.target_id))
    if not known.filter(state=ConflictState.APART).exists():
        known.filter(state=ConflictState.OPEN).update(state=ConflictState.MERGED)
        IdentityConflict.objects.create(
            kept_id=pair.target_id,
            other_id=pair.source_id,
            types=[],
            source="split",
            occurred_at=clock.now(),
            state=ConflictState.APART,
            decided_at=clock.now(),
            decided_by=current_actor().label[:80],
        )


def _decide(doubt: IdentityConflict, state: str, at: datetime) -> None:
    doubt.state, doubt.decided_at, doubt.decided_by = state, at, current_actor().label[:80]
    doubt.save(update_fields=["state", "decided_at", "decided_by", "updated_at"])


def profile_join(source: Member, target: Member) -> dict[str, Any]:
    """Fill what the target does not know; what a split needs to take it back, without the values."""
    snapshot: dict[str, Any] = {
        "status": source.status,
        "filled": [],
        "was": {},
        "latest_source": target.latest_source,
    }
    columns: list[str] = []
    for group in _GROUPS:
        if not getattr(target, group[0]) and getattr(source, group[0]):
            columns += group
            snapshot["filled"].append(group[0])
            for name in group:
                setattr(target, name, getattr(source, name))
    for name in ("is_wecom_friend", "is_opted_out"):
        if getattr(source, name) and not getattr(target, name):
            columns.append(name)
            snapshot["filled"].append(name)
            setattr(target, name, True)
    if source.wecom_added_at is not None and target.wecom_added_at is None:
        columns.append("wecom_added_at")
        snapshot["filled"].append("wecom_added_at")
        target.wecom_added_at = source.wecom_added_at
    if source.status != MemberStatus.ANONYMOUS and source.registered_at < target.registered_at:
        # One person since the first of the two.
        snapshot["was"] = {
            "registered_at": target.registered_at.isoformat(),
            "first_source": target.first_source,
        }
        target.registered_at, target.first_source = source.registered_at, source.first_source
        columns += ["registered_at", "first_source"]
    target.save(update_fields=[*columns, "updated_at"])
    return snapshot


def profile_part(source: Member, target: Member, snapshot: dict[str, Any]) -> None:
    """Take back what a merge filled, where nobody has said something else since."""
    columns: list[str] = []
    unknown = Member()
    groups = {group[0]: group for group in _GROUPS}
    for name in snapshot.get("filled", ()):
        if getattr(target, name) != getattr(source, name):
            continue
        for column in groups.get(name, (name,)):
            setattr(target, column, False if name.startswith("is_") else getattr(unknown, column))
            columns.append(column)
    was = snapshot.get("was") or {}
    if was and (target.registered_at, target.first_source) == (
        source.registered_at,
        source.first_source,
    ):
        target.registered_at = datetime.fromisoformat(was["registered_at"])
        target.first_source = was["first_source"]
        columns += ["registered_at", "first_source"]
    if target.latest_source != snapshot.get("latest_source", target.latest_source):
        target.latest_source = snapshot["latest_source"]
        columns.append("latest_source")
    if columns:
        target.save(update_fields=[*columns, "updated_at"])


def phone_settle(member_id: int) -> None:
    """The shown phone is the newest one the member holds, or none."""
    newest = (
        Identity.objects.filter(member_id=member_id, type="phone")
        .order_by("-seen_at", "-id")
        .first()
    )
    phone = "" if newest is None else value_decrypt(newest.value_enc)
    Member.objects.filter(pk=member_id).update(
        phone_tail=phone[-4:],
        phone_masked=phone_masked(phone) if phone else "",
        phone_enc="" if newest is None else newest.value_enc,
    )
    mark_dirty([member_id], PERSON)


def friendships_settle(pair: MergePair) -> None:
    """After a split each is a friend again by the relations of their own WeCom identifiers."""
    for member_id in (pair.source_id, pair.target_id):
        own = Identity.objects.filter(
            member_id=member_id,
            type="external_userid",
            value=OuterRef("contact__external_userid"),
            scope=OuterRef("corp__corp_id"),
        )
        states = set(FollowRelation.objects.filter(Exists(own)).values_list("state", flat=True))
        if states:
            is_friend = RelationState.ACTIVE in states
            changed = Member.objects.filter(pk=member_id).exclude(is_wecom_friend=is_friend)
            changed.update(is_wecom_friend=is_friend)
