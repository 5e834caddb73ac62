"""Whom a push reaches: members, the staff they know, and who must be left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

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
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.settings import setting


@dataclass(frozen=True, kw_only=True)
class Address:
    """How a member is reached: their customer id, the sender they know, and their nickname."""

    member_id: int
    external_userid: str
    sender: str
    nickname: str


# A member whom several members of staff follow is addressed once, by the one they have known
# longest: WeCom does not tell us who chatted last, and the oldest friendship is the steadiest fact.
_ADDRESSES = """
    SELECT DISTINCT ON (i.member_id)
           i.member_id, c.external_userid, s.userid, coalesce(nullif(c.name, ''), m.display_name)
    FROM members_identity i
    JOIN members_member m ON m.tenant_id = i.tenant_id AND m.id = i.member_id
    JOIN wecom_externalcontact c
      ON c.tenant_id = i.tenant_id AND c.external_userid = i.value AND c.corp_id = %(corp)s
    JOIN wecom_followrelation r
      ON r.tenant_id = c.tenant_id AND r.contact_id = c.id AND r.state = 'active'
    JOIN wecom_staff s
      ON s.tenant_id = r.tenant_id AND s.id = r.staff_id AND s.left_at IS NULL AND s.is_contact
    WHERE i.tenant_id = %(tenant)s AND m.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s
      AND r.tenant_id = %(tenant)s AND s.tenant_id = %(tenant)s
      AND i.type = 'external_userid' AND i.member_id = ANY(%(members)s)
    ORDER BY i.member_id, r.added_at NULLS LAST, s.userid, c.external_userid
"""


def addresses_find(*, corp_id: int, member_ids: Sequence[int]) -> dict[int, Address]:
    """The address of every member who has a living friendship with staff of the corp."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ADDRESSES,
            {"tenant": require_tenant_id(), "corp": corp_id, "members": list(member_ids)},
        )
        return {
            row[0]: Address(
                member_id=row[0], external_userid=row[1], sender=row[2], nickname=row[3]
            )
            for row in cursor.fetchall()
        }


_STILL = """
    SELECT p.member_id
    FROM communities_pushrecipient p
    JOIN wecom_externalcontact c
      ON c.tenant_id = p.tenant_id AND c.corp_id = %(corp)s AND c.external_userid = p.external_userid
    JOIN wecom_followrelation r
      ON r.tenant_id = c.tenant_id AND r.contact_id = c.id AND r.state = 'active'
    JOIN wecom_staff s
      ON s.tenant_id = r.tenant_id AND s.id = r.staff_id AND s.userid = %(sender)s
    WHERE p.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND r.tenant_id = %(tenant)s
      AND s.tenant_id = %(tenant)s AND p.batch_id = %(batch)s AND s.left_at IS NULL
"""


def addresses_still(*, corp_id: int, sender: str, batch_id: int) -> set[int]:
    """Members of a call who are still friends of its sender."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STILL,
            {
                "tenant": require_tenant_id(),
                "corp": corp_id,
                "sender": sender,
                "batch": batch_id,
            },
        )
        return {row[0] for row in cursor.fetchall()}


_STANDING = """
    SELECT id, is_opted_out, status FROM members_member
    WHERE tenant_id = %s AND id = ANY(%s) AND (is_opted_out OR status NOT IN ('active', 'registered'))
"""


def members_unreachable(member_ids: Sequence[int], *, purpose: str) -> dict[int, Reason]:
    """Members whose account or wish forbids the push; a merged one is there a second time."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [require_tenant_id(), list(member_ids)])
        rows = cursor.fetchall()
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


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Before sending: how many will be addressed, by how many staff, and who is left out and why."""

    audience: int
    addressed: int
    senders: int
    reasons: dict[str, int]

    @property
    def excluded(self) -> int:
        return self.audience - self.addressed


def audience_preview(push: Push, member_ids: Sequence[int]) -> Preview:
    """The exclusions as they would be now; the caps are tested again when it is sent."""
    at = max(push.scheduled_at or clock.now(), clock.now())
    verdicts = exclusions_find(push, member_ids, at=at)
    living = [member_id for member_id in member_ids if member_id not in verdicts.excluded]
    reasons: dict[str, int] = {}
    for reason in verdicts.excluded.values():
        reasons[reason.value] = reasons.get(reason.value, 0) + 1
    return Preview(
        audience=len(member_ids),
        addressed=len(living),
        senders=len({verdicts.addresses[member_id].sender for member_id in living}),
        reasons=reasons,
    )


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Who is left out, and how the others are reached."""

    excluded: dict[int, Reason]
    addresses: dict[int, Address]


def exclusions_find(push: Push, member_ids: Sequence[int], *, at: datetime) -> Verdicts:
    """Every exclusion of N-37 for these members at that moment."""
    excluded = members_unreachable(member_ids, purpose=push.purpose)
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
    "addresses_still",
    "audience_preview",
    "caps_now",
    "exclusions_find",
    "members_capped",
    "members_unreachable",
    "places_used",
]
