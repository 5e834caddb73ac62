"""Whom a push reaches: members, the staff they know, and who must be left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet

from communities.outreach.models import Push
from communities.outreach.rules import (
    PLATFORM_ZONE,
    Caps,
    Purpose,
    PushState,
    Reason,
    Used,
    cap_reason,
    iso_week_start,
    platform_window,
)
from members.identity.models import Identity, IdentityType
from members.people.models import Member
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.settings import setting
from scrm.wecom.models import ExternalContact, FollowRelation, RelationState, Staff


@dataclass(frozen=True, kw_only=True)
class Address:
    """How a member is reached: their customer id, the sender they know, and their nickname."""

    member_id: int
    external_userid: str
    sender: str
    sender_name: str
    nickname: str


@dataclass(frozen=True, kw_only=True)
class Friend:
    """A customer and the member of staff who has known them longest."""

    external_userid: str
    sender: str
    sender_name: str
    name: str


def friends_find(
    *, corp_id: int, external_userids: Sequence[str], sender: str = ""
) -> dict[str, Friend]:
    """Living friendships of these customers, of one sender or of any.

    A customer whom several members of staff follow is addressed once, by the one they have known
    longest: WeCom does not tell us who chatted last, and the oldest friendship is the steadiest fact.
    One table a query: a join over freshly written rows, which have no statistics yet, may take minutes.
    """
    staff = Staff.objects.filter(corp_id=corp_id, left_at=None, is_contact=True)
    if sender:
        staff = staff.filter(userid=sender)
    people = {pk: (userid, name) for pk, userid, name in staff.values_list("pk", "userid", "name")}
    contacts = {
        pk: (external_userid, name)
        for pk, external_userid, name in ExternalContact.objects.filter(
            corp_id=corp_id, external_userid__in=list(external_userids)
        ).values_list("pk", "external_userid", "name")
    }
    relations = FollowRelation.objects.filter(
        contact_id__in=list(contacts), state=RelationState.ACTIVE
    )
    best: dict[int, tuple[bool, datetime | None, str]] = {}
    names = dict(people.values())
    for contact_id, staff_id, added_at in relations.values_list(
        "contact_id", "staff_id", "added_at"
    ):
        if staff_id not in people:
            continue
        rank = (added_at is None, added_at, people[staff_id][0])
        known = best.get(contact_id)
        if known is None or _is_older(rank, known):
            best[contact_id] = rank
    return {
        contacts[contact_id][0]: Friend(
            external_userid=contacts[contact_id][0],
            sender=rank[2],
            sender_name=names[rank[2]] or rank[2],
            name=contacts[contact_id][1],
        )
        for contact_id, rank in best.items()
    }


def _is_older(
    rank: tuple[bool, datetime | None, str], known: tuple[bool, datetime | None, str]
) -> bool:
    if rank[1] is None or known[1] is None:
        return (rank[0], rank[2]) < (known[0], known[2])
    return (rank[1], rank[2]) < (known[1], known[2])


def addresses_find(*, corp_id: int, member_ids: Sequence[int]) -> dict[int, Address]:
    """The address of every member who has a living friendship with staff of the corp."""
    claimed = list(
        Identity.objects.filter(member_id__in=list(member_ids), type=IdentityType.EXTERNAL_USERID)
        .order_by("member_id", "value")
        .values_list("member_id", "value")
    )
    friends = friends_find(corp_id=corp_id, external_userids=[value for _, value in claimed])
    found: dict[int, Address] = {}
    for member_id, value in claimed:
        friend = friends.get(value)
        if friend is not None and member_id not in found:
            found[member_id] = Address(
                member_id=member_id,
                external_userid=value,
                sender=friend.sender,
                sender_name=friend.sender_name,
                nickname=friend.name,
            )
    nameless = [member_id for member_id, address in found.items() if not address.nickname]
    if nameless:
        people = Member.objects.filter(pk__in=nameless)
        for member_id, name in people.values_list("pk", "display_name"):
            found[member_id] = replace(found[member_id], nickname=name)
    return found


_STANDING = """
    SELECT id, is_opted_out, status FROM members_member
    WHERE tenant_id = %s AND id = ANY(%s) AND (is_opted_out OR status NOT IN ('active', 'registered'))
"""


def members_unreachable(member_ids: Sequence[int], *, purpose: str) -> dict[int, Reason]:
    """Members whose account or wish forbids the push; a merged one is there a second time."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [require_tenant_id(), list(member_ids)])
        rows = cursor.fetchall()
    return _standing(rows, purpose)


def _standing(rows: Iterable[tuple[int, bool, str]], purpose: str) -> dict[int, Reason]:
    found: dict[int, Reason] = {}
    for member_id, is_opted_out, status in rows:
        if status == "merged":
            found[member_id] = Reason.DUPLICATE
        elif status in {"erased", "frozen", "anonymous"}:
            found[member_id] = Reason.NO_FRIEND
        elif is_opted_out and purpose == Purpose.MARKETING:
            found[member_id] = Reason.OPT_OUT
    return found


@dataclass(frozen=True, kw_only=True)
class SendDay:
    """The day a send counts for, in the tenant's zone and in WeCom's."""

    day: date
    platform_day: date

    @classmethod
    def at(cls, moment: datetime) -> SendDay:
        return cls(
            day=clock.local_date(moment, current_tenant().timezone),
            platform_day=clock.local_date(moment, PLATFORM_ZONE),
        )


def caps_now() -> Caps:
    """The tenant's caps."""
    return Caps(
        per_day=setting("push.per_day"),
        per_week=setting("push.per_week"),
        platform=setting("push.platform_rule"),
    )


# Places taken, plus places that pushes scheduled earlier are about to take: the cap is tested at
# send time, but the earliest scheduled push goes first (N-37).
_USED = """
    SELECT r.member_id,
           count(*) FILTER (WHERE p.purpose = 'marketing' AND (a.ahead OR r.counted_on = %(day)s)),
           count(*) FILTER (WHERE p.purpose = 'marketing' AND (a.ahead OR r.counted_on >= %(week)s)),
           count(*) FILTER (WHERE a.ahead OR r.counted_platform_on >= %(period)s)
    FROM communities_pushrecipient r
    JOIN communities_push p ON p.tenant_id = r.tenant_id AND p.id = r.push_id
    CROSS JOIN LATERAL (SELECT r.counted_platform_on IS NULL AS ahead) a
    WHERE r.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s
      AND r.member_id = ANY(%(members)s) AND r.push_id <> %(push)s
      AND (r.counted_platform_on >= %(since)s
           OR (r.counted_platform_on IS NULL AND r.state = 'queued'
               AND p.stopped_at IS NULL
               AND p.state IN ('scheduled', 'submitting') AND p.scheduled_at <= %(now)s
               AND (p.scheduled_at, p.id) < (%(scheduled)s, %(push)s)))
    GROUP BY r.member_id
"""


def places_used(
    member_ids: Sequence[int], *, push_id: int, scheduled_at: datetime, day: SendDay, caps: Caps
) -> dict[int, Used]:
    """What each member has already got, and is about to get before this push."""
    week = iso_week_start(day.day)
    period, _limit = platform_window(day.platform_day, caps.platform)
    with connection.cursor() as cursor:
        cursor.execute(
            _USED,
            {
                "tenant": require_tenant_id(),
                "members": list(member_ids),
                "push": push_id,
                "scheduled": scheduled_at,
                "now": clock.now(),
                "day": day.day,
                "week": week,
                "period": period,
                # The two zones may be a day apart.
                "since": min(week, period, date.fromordinal(day.day.toordinal() - 8)),
            },
        )
        return {
            member_id: Used(day=in_day, week=in_week, platform=on_platform)
            for member_id, in_day, in_week, on_platform in cursor.fetchall()
        }


def members_capped(
    member_ids: Sequence[int],
    *,
    purpose: str,
    push_id: int = 0,
    scheduled_at: datetime | None = None,
    at: datetime | None = None,
) -> dict[int, Reason]:
    """Members for whom one more message at that moment is one too many."""
    moment = at or clock.now()
    day, caps = SendDay.at(moment), caps_now()
    _start, limit = platform_window(day.platform_day, caps.platform)
    used = places_used(
        member_ids,
        push_id=push_id,
        scheduled_at=scheduled_at or moment,
        day=day,
        caps=caps,
    )
    found: dict[int, Reason] = {}
    for member_id in member_ids:
        taken = used.get(member_id, Used())
        reason = cap_reason(taken, caps, purpose=purpose, platform_limit=limit)
        if reason is not None:
            found[member_id] = reason
    return found


PREVIEW_CHUNK = 5_000
PREVIEW_MOST = 50_000  # friends looked at one by one: about two seconds
SAMPLES = 8  # members to preview a push for


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Before sending: how many will be addressed, by how many staff, and who is left out and why.

    ``unchecked`` friends are beyond what a preview looks at; they are judged when it is sent.
    """

    audience: int
    addressed: int
    senders: int
    reasons: dict[str, int]
    unchecked: int = 0
    samples: tuple[Address, ...] = ()

    @property
    def excluded(self) -> int:
        return self.audience - self.addressed - self.unchecked


def audience_preview(push: Push, people: QuerySet[Member]) -> Preview:
    """The exclusions as they would be now; the caps are tested again when it is sent.

    Who is no WeCom friend is counted by the database; only friends are looked at, the first 50,000.
    """
    is_lost = Q(is_opted_out=True, status__in=("active", "registered"))
    counted = people.aggregate(
        audience=Count("pk"),
        friends=Count("pk", filter=Q(is_wecom_friend=True)),
        opted_out=Count("pk", filter=Q(is_wecom_friend=False) & is_lost),
    )
    opted_out = counted["opted_out"] if push.purpose == Purpose.MARKETING else 0
    strangers = counted["audience"] - counted["friends"] - opted_out
    reasons = Counter({Reason.OPT_OUT.value: opted_out, Reason.NO_FRIEND.value: strangers})
    at = max(push.scheduled_at or clock.now(), clock.now())
    senders: set[str] = set()
    samples: list[Address] = []
    checked = addressed = 0
    for rows in _friends(people):
        part = [member_id for member_id, _is_opted_out, _status in rows]
        verdicts = exclusions_find(push, part, at=at, standing=_standing(rows, push.purpose))
        living = [verdicts.addresses[key] for key in part if key not in verdicts.excluded]
        reasons.update(reason.value for reason in verdicts.excluded.values())
        senders.update(address.sender for address in living)
        samples += living[: SAMPLES - len(samples)]
        checked, addressed = checked + len(part), addressed + len(living)
    return Preview(
        audience=counted["audience"],
        addressed=addressed,
        senders=len(senders),
        reasons={reason: count for reason, count in reasons.most_common() if count},
        unchecked=counted["friends"] - checked,
        samples=tuple(samples),
    )


def _friends(people: QuerySet[Member]) -> Iterator[list[tuple[int, bool, str]]]:
    """The audience's WeCom friends and how they stand, chunk by chunk, no more than a preview looks at."""
    friends, last = people.filter(is_wecom_friend=True).order_by("pk"), 0
    for _chunk in range(PREVIEW_MOST // PREVIEW_CHUNK):
        rows = friends.filter(pk__gt=last).values_list("pk", "is_opted_out", "status")
        part = list(rows[:PREVIEW_CHUNK])
        if part:
            yield part
            last = part[-1][0]
        if len(part) < PREVIEW_CHUNK:
            return


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Who is left out, and how the others are reached."""

    excluded: dict[int, Reason]
    addresses: dict[int, Address]


def exclusions_find(
    push: Push, member_ids: Sequence[int], *, at: datetime, standing: Mapping[int, Reason]
) -> Verdicts:
    """Every exclusion of N-37 for these members at that moment; ``standing`` as their accounts say."""
    excluded = dict(standing)
    addresses = (
        {} if push.corp_id is None else addresses_find(corp_id=push.corp_id, member_ids=member_ids)
    )
    for member_id in member_ids:
        if member_id not in addresses:
            excluded.setdefault(member_id, Reason.NO_FRIEND)
    living = [member_id for member_id in member_ids if member_id not in excluded]
    capped = members_capped(
        living,
        purpose=push.purpose,
        push_id=push.pk or 0,
        scheduled_at=push.scheduled_at or at,
        at=at,
    )
    return Verdicts(excluded={**excluded, **capped}, addresses=addresses)


__all__ = [
    "Address",
    "Preview",
    "PushState",
    "SendDay",
    "Verdicts",
    "addresses_find",
    "audience_preview",
    "caps_now",
    "exclusions_find",
    "friends_find",
    "members_capped",
    "members_unreachable",
    "places_used",
]
