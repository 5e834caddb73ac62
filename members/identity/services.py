"""Recognise people: resolve identifiers to a member, or make one. Safe against every race on a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from members.identity.cipher import value_encrypt, value_hash
from members.identity.merging import MergeBlocked, MergeSelf, members_join, merge_finish
from members.identity.models import ConflictState, Identity, IdentityConflict, MergeCause
from members.identity.proving import pairs_proven
from members.identity.rules import (
    PERSONAL,
    WEAK,
    Claim,
    Existing,
    Fresh,
    Key,
    Plan,
    Ref,
    claim_normal,
    claim_rank,
    plan_make,
)
from members.identity.selectors import Holder, holders_of, owners_of
from members.orders.models import Order
from members.people.models import Member, MemberStatus
from members.people.rules import Profile, phone_masked
from members.people.selectors import living_ids
from members.people.services import NewMember, member_insert_many
from members.rows import Col, rows_insert
from members.segments.dirty import PERSON, mark_dirty
from scrm.core.errors import Busy, InvalidTransition, InvalidValue
from scrm.events.bus import publish

_TRIES = 6
# A joined member with more orders than this is finished by the sweep, not within the message.
_MANY = 200


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A person shows up with identifiers. ``anchor`` is the member it is already known to be about."""

    claims: tuple[Claim, ...]
    source: str
    occurred_at: datetime
    profile: Profile = field(default_factory=Profile)
    anchor: int | None = None


class _LostRace(Exception):
    """Somebody else took one of the values between our look and our insert: look again."""


_IDENTITY_COLUMNS = (
    Col("member_id", "bigint"),
    Col("type", "text"),
    Col("scope", "text"),
    Col("value_hash", "text"),
    Col("value", "text"),
    Col("value_enc", "text"),
    Col("source", "text"),
    Col("seen_at", "timestamptz"),
    Col("verified_at", "timestamptz"),
)


def identity_resolve(
    *, claims: Sequence[Claim], source: str, occurred_at: datetime, profile: Profile | None = None
) -> Member:
    """The member these identifiers belong to; unknown ones make a new member (M-02)."""
    arrival = Arrival(
        claims=tuple(claims), source=source, occurred_at=occurred_at, profile=profile or Profile()
    )
    return Member.objects.get(pk=identity_resolve_many([arrival])[0])


@dataclass(frozen=True)
class Resolved:
    """Whose identifiers they are; ``is_new`` when this call made the member."""

    member_id: int
    is_new: bool
    # The identifier that decided, if one did: where late facts go when two members are split again.
    via_identity_id: int | None = None


def identity_resolve_many(arrivals: Sequence[Arrival]) -> list[int]:
    """Member keys in the order of the arrivals, resolved as if they had come one after the other."""
    return [resolved.member_id for resolved in arrivals_resolve(arrivals)]


def arrivals_resolve(arrivals: Sequence[Arrival]) -> list[Resolved]:
    """The same, saying also who is new."""
    normal = [_normal(arrival) for arrival in arrivals]
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return _resolve(normal)
        except _LostRace:
            continue
        except IntegrityError as error:  # two random member numbers met: draw again
            if "member_no_once" not in str(error):
                raise
    raise Busy("these identifiers are being claimed by others right now")


@dataclass(frozen=True)
class _Normal:
    arrival: Arrival
    keys: dict[Key, Claim]


def _normal(arrival: Arrival) -> _Normal:
    if not arrival.claims and arrival.anchor is None:
        raise InvalidValue("at least one identifier is needed", pointer="/claims")
    keys = {}
    for claim in arrival.claims:
        checked = claim_normal(claim)
        keys[Key(checked.type, checked.scope, value_hash(checked))] = checked
    return _Normal(arrival, keys)


def _resolve(batch: Sequence[_Normal]) -> list[Resolved]:
    keys = {key for item in batch for key in item.keys}
    holders = holders_of(keys)
    owners = {key: holder.owner for key, holder in holders.items()}
    anchors = living_ids({item.arrival.anchor for item in batch if item.arrival.anchor is not None})
    plan = plan_make([(list(item.keys), _anchor(item.arrival, anchors)) for item in batch], owners)
    proven = pairs_proven(plan, [item.keys for item in batch], holders)
    _hold_still(plan, keys, owners, proven)
    made = member_insert_many([_new_member(batch[place]) for place in plan.fresh])
    rows = {key: holder.identity_id for key, holder in holders.items()}
    rows |= _attach(plan, batch, made)
    _promote(plan, batch)
    _verified_write(plan, batch, holders)
    stitched = {
        anonymous_id: known.member_id
        for anonymous_id, known in plan.absorb.items()
        if _stitch(anonymous_id, known.member_id, batch)
    }
    joined = {other: kept for kept, other in proven if _join(kept, other)}
    _conflicts_write(plan, batch, settled=joined)
    stitched |= joined
    resolved = []
    for ref, item in zip(plan.refs, batch, strict=True):
        member_id = _member_id(ref, made)
        via = _deciding(item, ref, plan, owners)
        resolved.append(
            Resolved(
                stitched.get(member_id, member_id),
                isinstance(ref, Fresh),
                None if via is None else rows.get(via),
            )
        )
    return resolved


def _hold_still(
    plan: Plan,
    keys: set[Key],
    owners: dict[Key, Existing],
    proven: Sequence[tuple[int, int]],
) -> None:
    """Nobody this batch writes to is merged or split until it is written; looks again under the lock."""
    attached = [ref for ref, _place in plan.attach.values()]
    refs = [*plan.refs, *attached, *plan.absorb.values(), *map(_as_ref, plan.absorb)]
    members = sorted({ref.member_id for ref in refs if isinstance(ref, Existing)}.union(*proven))
    if not members:
        return
    if (
        plan.absorb or proven
    ):  # these merge: its lock comes first, or two of them would wait in a ring
        list(
            Member.objects.select_for_update(of=("self",))
            .filter(pk__in=members)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
    living = living_ids(members, lock=True)
    if any(living[key] != key for key in members) or owners_of(keys) != owners:
        raise _LostRace


def _as_ref(member_id: int) -> Existing:
    return Existing(member_id, is_anonymous=True)


def _deciding(item: _Normal, ref: Ref, plan: Plan, owners: dict[Key, Existing]) -> Key | None:
    """The strongest of the identifiers that the member holds after the batch."""
    ranked = sorted(item.keys, key=lambda key: claim_rank(key.type))
    for key in ranked:
        holder: Ref | None = plan.attach[key][0] if key in plan.attach else owners.get(key)
        if isinstance(holder, Existing):
            holder = plan.absorb.get(holder.member_id, holder)
        if holder == ref:
            return key
    return None


def _anchor(arrival: Arrival, living: dict[int, int]) -> Existing | None:
    if arrival.anchor is None:
        return None
    return Existing(living[arrival.anchor], is_anonymous=False)


def _member_id(ref: Ref, made: Sequence[int]) -> int:
    return ref.member_id if isinstance(ref, Existing) else made[ref.number]


def _new_member(item: _Normal) -> NewMember:
    arrival = item.arrival
    is_anonymous = all(key.type in WEAK for key in item.keys)
    person = NewMember(
        status=MemberStatus.ANONYMOUS if is_anonymous else MemberStatus.ACTIVE,
        source=arrival.source,
        registered_at=arrival.occurred_at,
        profile=arrival.profile,
    )
    phone = next((claim.value for claim in item.keys.values() if claim.type == "phone"), "")
    if not phone:
        return person
    return replace(
        person,
        phone_tail=phone[-4:],
        phone_masked=phone_masked(phone),
        phone_enc=value_encrypt(phone),
    )


def _attach(plan: Plan, batch: Sequence[_Normal], made: Sequence[int]) -> dict[Key, int]:
    """Write the new identifiers; their keys."""
    rows = []
    phones: dict[int, str] = {}
    # One order of values for everybody: two batches that share some cannot block each other in a ring.
    for key in sorted(plan.attach, key=lambda key: (key.type, key.scope, key.value_hash)):
        ref, place = plan.attach[key]
        arrival, claim = batch[place].arrival, batch[place].keys[key]
        is_personal = claim.type in PERSONAL
        encrypted = value_encrypt(claim.value) if is_personal else ""
        value = "" if is_personal else claim.value
        member_id = _member_id(ref, made)
        rows.append(
            (
                member_id,
                key.type,
                key.scope,
                key.value_hash,
                value,
                encrypted,
                arrival.source[:40],
                arrival.occurred_at,
                arrival.occurred_at if claim.verified else None,
            )
        )
        if claim.type == "phone" and isinstance(ref, Existing):
            phones.setdefault(member_id, claim.value)
    written = rows_insert(
        Identity,
        _IDENTITY_COLUMNS,
        rows,
        conflict="ON CONFLICT (tenant_id, type, scope, value_hash) DO NOTHING",
        returning="type, scope, value_hash, id",
    )
    if len(written) < len(rows):
        raise _LostRace
    for member_id, phone in phones.items():
        Member.objects.filter(pk=member_id, phone_tail="").update(
            phone_tail=phone[-4:], phone_masked=phone_masked(phone), phone_enc=value_encrypt(phone)
        )
    mark_dirty(list(phones), PERSON)
    return {Key(kind, scope, digest): key for kind, scope, digest, key in written}


def _verified_write(plan: Plan, batch: Sequence[_Normal], holders: dict[Key, Holder]) -> None:
    """Identifiers that were claims so far, and that their holder has proved now."""
    for ref, item in zip(plan.refs, batch, strict=True):
        proved = [
            holders[key].identity_id
            for key, claim in item.keys.items()
            if claim.verified and key in holders and holders[key].owner == ref
        ]
        if proved:
            Identity.objects.filter(pk__in=proved, verified_at=None).update(
                verified_at=item.arrival.occurred_at
            )


def _promote(plan: Plan, batch: Sequence[_Normal]) -> None:
    """An anonymous member gave a real identifier: from now on it is a person."""
    for member_id, place in plan.promote.items():
        Member.objects.filter(pk=member_id, status=MemberStatus.ANONYMOUS).update(
            status=MemberStatus.ACTIVE, registered_at=batch[place].arrival.occurred_at
        )
    mark_dirty(list(plan.promote), PERSON)


def _stitch(anonymous_id: int, known_id: int, batch: Sequence[_Normal]) -> bool:
    """Anonymous history goes to the known member, once (M-03): a merge like any other, in this transaction.

    What cannot come along is left to an operator.
    """
    source = Member.objects.get(pk=anonymous_id)
    if source.status != MemberStatus.ANONYMOUS:
        return False
    try:
        merge = members_join(
            source_id=anonymous_id, target_id=known_id, reason="", cause=MergeCause.STITCH
        )
    except MergeBlocked:
        arrival = batch[0].arrival
        _conflict_write(known_id, anonymous_id, ["anonymous"], arrival)
        return False
    merge_finish(merge.pk)
    return True


def _join(kept: int, other: int) -> bool:
    """Two known members are one person by rule; their rows follow by the sweep if there are many."""
    try:
        merge = members_join(source_id=other, target_id=kept, reason="", cause=MergeCause.AUTO)
    except MergeSelf:
        return True
    except (MergeBlocked, InvalidTransition):
        return False
    if not Order.objects.filter(member_id=other)[_MANY:].exists():
        merge_finish(merge.pk)
    return True


def _conflicts_write(plan: Plan, batch: Sequence[_Normal], *, settled: Mapping[int, int]) -> None:
    for (kept, other), (types, place) in plan.conflicts.items():
        if settled.get(other) == kept:
            continue
        _conflict_write(kept, other, sorted(types), batch[place].arrival)


def _conflict_write(kept: int, other: int, types: list[str], arrival: Arrival) -> None:
    pair = Q(kept_id=kept, other_id=other) | Q(kept_id=other, other_id=kept)
    if IdentityConflict.objects.filter(pair).exclude(state=ConflictState.MERGED).exists():
        return
    IdentityConflict.objects.bulk_create(
        [
            IdentityConflict(
                kept_id=kept,
                other_id=other,
                types=types,
                source=arrival.source[:40],
                occurred_at=arrival.occurred_at,
            )
        ],
        ignore_conflicts=True,  # a parallel message found the same doubt
    )
    publish("identity.conflict_found", payload={"kept_id": kept, "other_id": other, "types": types})
