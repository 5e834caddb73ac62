"""Where days of activity and social acts come from: statements of the rooms that hold the facts.

    activity_source_register(ActivitySource(key="posts", member="p.member_id", sql=
        "SELECT p.member_id, p.local_date AS day FROM … p WHERE p.tenant_id = %(tenant)s"
        " AND p.local_date > %(after)s AND p.local_date <= %(day)s {mine}"))

A statement answers (member_id, day) of local days after ``after`` up to ``day``; instants between ``start``
and ``end`` are the same days, and ``zone`` is the brand's. ``{mine}`` narrows it to some members, whose key
stands in the column ``member``. A source of acts answers (member_id, day, kind), kind being click, ugc or
referral, each act once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from members.activity.names import SOCIAL, names_counting
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id


@dataclass(frozen=True, kw_only=True)
class ActivitySource:
    """One table's share."""

    key: str
    sql: str
    member: str

    def text(self, *, is_narrowed: bool) -> str:
        mine = f"AND {self.member} = ANY(%(members)s)" if is_narrowed else ""
        return self.sql.format(mine=mine)


DAYS: dict[str, ActivitySource] = {}
ACTS: dict[str, ActivitySource] = {}


def activity_source_register(source: ActivitySource) -> None:
    """Days on which members were active."""
    _once(DAYS, source)


def social_source_register(source: ActivitySource) -> None:
    """Social acts of members."""
    _once(ACTS, source)


def _once(registry: dict[str, ActivitySource], source: ActivitySource) -> None:
    if registry.setdefault(source.key, source) is not source:
        message = f"activity source {source.key} is registered twice"
        raise ValueError(message)


def days_sql(*, is_narrowed: bool) -> str:
    """All days of activity, a day as often as it is told."""
    return _union(DAYS, is_narrowed=is_narrowed)


def acts_sql(*, is_narrowed: bool) -> str:
    """All social acts."""
    return _union(ACTS, is_narrowed=is_narrowed)


def _union(registry: dict[str, ActivitySource], *, is_narrowed: bool) -> str:
    texts = [registry[key].text(is_narrowed=is_narrowed) for key in sorted(registry)]
    return " UNION ALL ".join(texts)


def days_values(
    day: date, days: int, *, member_ids: Collection[int] | None = None
) -> dict[str, Any]:
    """Values for so many local days up to and with ``day`` (N-24)."""
    zone = current_tenant().timezone
    start, end = clock.window(day, days, zone)
    return {
        **_common(member_ids),
        "day": day,
        "after": day - timedelta(days=days),
        "start": start,
        "end": end,
    }


def ever_values(member_ids: Collection[int]) -> dict[str, Any]:
    """Values for all days there are."""
    return {
        **_common(member_ids),
        "day": date.max,
        "after": date.min,
        "start": datetime.min.replace(tzinfo=clock.now().tzinfo),
        "end": datetime.max.replace(tzinfo=clock.now().tzinfo),
    }


def _common(member_ids: Collection[int] | None) -> dict[str, Any]:
    return {
        "tenant": require_tenant_id(),
        "zone": current_tenant().timezone,
        "members": sorted(set(member_ids or ())),
        "clicks": names_counting("click"),
        "ugc": names_counting("ugc"),
        "referrals": names_counting("referral"),
        "social": names_counting(*SOCIAL),
    }


activity_source_register(
    ActivitySource(
        key="activity",
        member="a.member_id",
        sql="""
            SELECT a.member_id, a.local_date AS day FROM members_activity a
            WHERE a.tenant_id = %(tenant)s AND a.local_date > %(after)s AND a.local_date <= %(day)s {mine}
        """,
    )
)
activity_source_register(
    ActivitySource(
        key="orders_placed",
        member="o.member_id",
        sql="""
            SELECT o.member_id, (o.occurred_at AT TIME ZONE %(zone)s)::date AS day FROM members_order o
            WHERE o.tenant_id = %(tenant)s AND o.occurred_at >= %(start)s AND o.occurred_at < %(end)s {mine}
        """,
    )
)
activity_source_register(
    ActivitySource(
        key="orders_paid",
        member="o.member_id",
        sql="""
            SELECT o.member_id, o.paid_date AS day FROM members_order o
            WHERE o.tenant_id = %(tenant)s AND o.paid_date > %(after)s AND o.paid_date <= %(day)s {mine}
        """,
    )
)
# Our own messages to a friend are no activity of theirs; becoming a friend is.
activity_source_register(
    ActivitySource(
        key="wecom_added",
        member="m.id",
        sql="""
            SELECT m.id AS member_id, (m.wecom_added_at AT TIME ZONE %(zone)s)::date AS day
            FROM members_member m
            WHERE m.tenant_id = %(tenant)s AND m.wecom_added_at >= %(start)s AND m.wecom_added_at < %(end)s {mine}
        """,
    )
)
social_source_register(
    ActivitySource(
        key="activity",
        member="a.member_id",
        sql="""
            SELECT a.member_id, a.local_date AS day,
                CASE WHEN a.name = ANY(%(ugc)s) THEN 'ugc' WHEN a.name = ANY(%(referrals)s) THEN 'referral'
                     ELSE 'click' END AS kind
            FROM members_activity a
            WHERE a.tenant_id = %(tenant)s AND a.local_date > %(after)s AND a.local_date <= %(day)s
              AND a.name = ANY(%(social)s) {mine}
        """,
    )
)
