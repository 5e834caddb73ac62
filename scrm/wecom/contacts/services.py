"""Write what WeCom told us about customers: cards, friendships, and the facts others hear."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from scrm.core import clock
from scrm.core.secrets import secret_seal
from scrm.events.bus import Fact, publish_many
from scrm.wecom.contacts.gate import contacts_let_in
from scrm.wecom.contacts.rules import Bond, Rank, bond_after, bond_seen, change_name
from scrm.wecom.models import ExternalContact, FollowRelation, RelationState, Staff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scrm.wecom.gateway import Contact, ContactFollows, Follow
    from scrm.wecom.models import WeComCorp

_CARD = ("kind", "name", "avatar", "gender", "unionid")
# The row changes, but nothing that others should hear of (when an old friendship had begun).
_SILENT = "silent"
_BOND = ("state", "added_at", "deleted_at", "deleted_by", "event_at", "event_rank")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing we learned about one friendship. ``rank`` None: only its details."""

    userid: str
    external_userid: str
    rank: Rank | None
    at: datetime
    contact: Contact | None = None
    follow: Follow | None = None
    state: str = ""

    @property
    def begins(self) -> bool:
        """Whether it says that a friendship began at that moment."""
        return self.rank in {Rank.SEEN, Rank.HALF, Rank.ADDED}


def contacts_told(*, corp: WeComCorp, told: Sequence[Told]) -> int:
    """Apply what was learned; publishes one fact per friendship that really changed, and counts them."""
    with transaction.atomic():
        told = contacts_let_in(corp.corp_id, told)
        contacts = _contacts(corp, told)
        staff = staff_named(corp=corp, userids={item.userid for item in told})
        relations = {
            (row.contact_id, row.staff_id): row
            for row in FollowRelation.objects.filter(
                contact_id__in=[contact.pk for contact, _changed in contacts.values()]
            )
        }
        fresh: list[FollowRelation] = []
        altered: dict[int, FollowRelation] = {}
        facts: list[Fact] = []
        for item in told:
            contact, card_changed = contacts[item.external_userid]
            member = staff[item.userid]
            known = relations.get((contact.pk, member.pk))
            change, row = _relation(corp, known, contact, member, item)
            if row is None:
                continue  # an edit of a friendship nobody knows
            relations[contact.pk, member.pk] = row
            if known is None:
                fresh.append(row)
            elif change and row.pk is not None:
                altered[row.pk] = row
            if card_changed and change in {"", _SILENT}:
                change = "edited"
            if change not in {"", _SILENT}:
                facts.append(relation_fact(corp=corp, row=row, change=change, at=item.at))
        FollowRelation.objects.bulk_create(fresh)
        for row in altered.values():
            row.save()
        publish_many("wecom.contact_changed", facts)
        _mark_seen(told, contacts, staff, relations)
        return len(facts)


def _mark_seen(
    told: Sequence[Told],
    contacts: dict[str, tuple[ExternalContact, bool]],
    staff: dict[str, Staff],
    relations: dict[tuple[int, int], FollowRelation],
) -> None:
    """One statement a page notes what the list showed, since most of it has not changed."""
    seen = [
        relations[contacts[item.external_userid][0].pk, staff[item.userid].pk].pk
        for item in told
        if item.rank is Rank.SEEN
    ]
    if seen:
        FollowRelation.objects.filter(pk__in=seen).update(seen_at=clock.now())


def told_by_list(rows: Iterable[ContactFollows]) -> list[Told]:
    """What a page of WeCom's list tells: every friendship in it exists."""
    return [
        Told(
            userid=follow.userid,
            external_userid=row.contact.external_userid,
            rank=Rank.SEEN,
            at=moment(follow.createtime),
            contact=row.contact,
            follow=follow,
        )
        for row in rows
        for follow in row.follows
    ]


def moment(seconds: int) -> datetime:
    """A unix time of WeCom as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def staff_named(*, corp: WeComCorp, userids: set[str]) -> dict[str, Staff]:
    """Rows of these members; an unknown one gets a row whose name the next sync fills in."""
    found = {row.userid: row for row in Staff.objects.filter(corp=corp, userid__in=userids)}
    missing = sorted(userids - found.keys())
    if missing:
        Staff.objects.bulk_create(
            [Staff(corp=corp, userid=userid, is_contact=True) for userid in missing],
            ignore_conflicts=True,
        )
        found |= {row.userid: row for row in Staff.objects.filter(corp=corp, userid__in=missing)}
    return found


def relation_fact(*, corp: WeComCorp, row: FollowRelation, change: str, at: datetime) -> Fact:
    """What others hear about the friendship as it is now."""
    contact = row.contact
    payload = {
        "corp_id": corp.corp_id,
        "external_userid": contact.external_userid,
        "unionid": contact.unionid,
        "name": contact.name,
        "gender": contact.gender,
        # The outbox keeps facts for a month: what is sealed in the row stays sealed in the fact.
        "phones": [secret_seal(phone) for phone in json.loads(row.phones or "[]")],
        "userid": row.staff.userid,
        "change": change,
        "state": row.state_param,
        "tags": row.tag_ids,
        "at": at.isoformat(),
    }
    return Fact(payload=payload, subject=contact.external_userid, occurred_at=at)


def relations_not_seen(*, corp: WeComCorp, userids: Sequence[str], since: datetime) -> int:
    """End the friendships of these members that a complete listing begun at ``since`` did not show."""
    gone = (
        FollowRelation.objects.select_related("contact", "staff")
        .filter(corp=corp, staff__userid__in=list(userids), state=RelationState.ACTIVE)
        .exclude(seen_at__gte=since)
        .filter(event_at__lt=since)
        .order_by("pk")
    )
    count = 0
    for relation in gone.iterator(chunk_size=500):
        told = Told(
            userid=relation.staff.userid,
            external_userid=relation.contact.external_userid,
            rank=Rank.NOT_SEEN,
            at=since,
        )
        count += contacts_told(corp=corp, told=[told])
    return count


def _contacts(corp: WeComCorp, told: Sequence[Told]) -> dict[str, tuple[ExternalContact, bool]]:
    """The customers' rows, locked in the order of their keys, and whether their card changed."""
    ids = {item.external_userid for item in told}
    known = set(
        ExternalContact.objects.filter(corp=corp, external_userid__in=ids).values_list(
            "external_userid", flat=True
        )
    )
    fresh = [ExternalContact(corp=corp, external_userid=name) for name in sorted(ids - known)]
    if fresh:
        ExternalContact.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = ExternalContact.objects.select_for_update(of=("self",)).filter(
        corp=corp, external_userid__in=ids
    )
    cards = {item.external_userid: item.contact for item in told if item.contact is not None}
    found: dict[str, tuple[ExternalContact, bool]] = {}
    changed: list[ExternalContact] = []
    for row in rows.order_by("pk"):
        is_changed = _card(row, cards.get(row.external_userid))
        if is_changed:
            changed.append(row)
        found[row.external_userid] = (row, is_changed)
    if changed:
        ExternalContact.objects.bulk_update(changed, [*_CARD, "pulled_at"])
    return found


def _card(row: ExternalContact, card: Contact | None) -> bool:
    """Take the card; whether anything on it is new. WeCom hides a unionid at times: it is kept."""
    if card is None:
        return False
    new = {
        "kind": card.kind,
        "name": card.name[:128],
        "avatar": card.avatar[:512],
        "gender": card.gender if card.gender in {0, 1, 2} else 0,
        "unionid": card.unionid[:64] or row.unionid,
    }
    is_changed = any(getattr(row, name) != value for name, value in new.items())
    if is_changed or row.pulled_at is None:
        for name, value in new.items():
            setattr(row, name, value)
        row.pulled_at = clock.now()
        return True
    return False


def _relation(
    corp: WeComCorp,
    relation: FollowRelation | None,
    contact: ExternalContact,
    member: Staff,
    item: Told,
) -> tuple[str, FollowRelation | None]:
    """The friendship's row after this, and the name of the change ("" if nothing did)."""
    before = _bond(relation)
    after = _next(before, item)
    if after is None:
        return "", relation  # an edit of a friendship nobody knows
    row = relation or FollowRelation(corp=corp, contact=contact, staff=member)
    for name in _BOND:
        setattr(row, name, getattr(after, name))
    is_edited = _details(row, item)
    # Others are told about what the row says now, so it must speak of the rows at hand.
    row.contact, row.staff = contact, member
    change = change_name(before, after)
    if not change and is_edited:
        change = "synced" if item.rank is Rank.SEEN else "edited"
    if not change and before != after:
        change = _SILENT
    return change, row


def _next(before: Bond | None, item: Told) -> Bond | None:
    if item.rank is None:
        return before
    if item.rank is Rank.SEEN:
        return bond_seen(before, createtime=item.at)
    return bond_after(before, rank=item.rank, at=item.at)


def _bond(relation: FollowRelation | None) -> Bond | None:
    if relation is None:
        return None
    return Bond(
        state=RelationState(relation.state),
        event_at=relation.event_at,
        event_rank=Rank(relation.event_rank),
        added_at=relation.added_at,
        deleted_at=relation.deleted_at,
        deleted_by=relation.deleted_by,
    )


def _details(row: FollowRelation, item: Told) -> bool:
    """Take what the member noted; whether anything is new."""
    new: dict[str, object] = {}
    if item.state and not row.state_param:
        new["state_param"] = item.state[:64]
    if item.follow is not None:
        follow = item.follow
        new |= {
            "add_way": follow.add_way,
            "remark": follow.remark[:128],
            "description": follow.description[:512],
            "phones": json.dumps(list(follow.phones)) if follow.phones else "",
            "tag_ids": sorted(follow.tag_ids),
        }
        if follow.state:
            new["state_param"] = follow.state[:64]
    is_new = any(getattr(row, name) != value for name, value in new.items())
    for name, value in new.items():
        setattr(row, name, value)
    return is_new
