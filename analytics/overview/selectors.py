"""Read the overview: sums of day rows and of the last night, never orders or members one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, Sum

from analytics.overview.figures import (
    ChannelLine,
    Day,
    Figures,
    LoopCount,
    Overview,
    Reach,
    Standing,
    TopShare,
)
from analytics.overview.loop import PARTS, loop_source
from analytics.overview.models import LONGEST_RANGE, DailyStats, DaySnapshot
from analytics.overview.rules import PARETO_MARKS, Compare, Period, past, rate_bp
from communities.outreach.models import Push
from communities.outreach.rules import PushState
from communities.outreach.selectors.progress import tallies_of
from members.orders.models import MemberRollup
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.tenants.context import current_tenant, require_tenant_id

_EARLIEST = date(1990, 1, 1)
_CHANNELS_SHOWN = 8
_MOST_LISTED = 50_000
_PUSHES_COUNTED = 500
# The facts that move figures; while one waits in the outbox, the figures are as of its writing.
_FACTS = [
    "order.changed", "member.created", "member.merged", "member.settled", "wecom.contact_changed"
]  # fmt: skip
_STORED = tuple(item.name for item in fields(Day) if item.name != "fresh_buyers")
_DAYS = f"""
    SELECT p.place, {", ".join(f"s.{name}" for name in _STORED)},
           s.buyers - coalesce((SELECT sum(r) FROM unnest(s.returned[1:(s.local_date - p.first)]) AS r), 0)
      FROM (VALUES (0, %s::date, %s::date), (1, %s::date, %s::date)) AS p(place, first, last)
      JOIN analytics_dailystats s ON s.tenant_id = %s AND s.channel = '' AND s.local_date BETWEEN p.first AND p.last
     ORDER BY 1, s.local_date
"""  # noqa: S608 - names of our own
_BASE = """
    SELECT coalesce(sum(new_members) FILTER (WHERE local_date <= %(last)s), 0),
           coalesce(sum(new_members) FILTER (WHERE local_date <= %(last_before)s), 0),
           coalesce(sum(new_members), 0), coalesce(bool_or(orders > 0), false),
           least((SELECT min(created_at) FROM analytics_dirtyday WHERE tenant_id = %(tenant)s),
                 (SELECT min(created_at) FROM events_outboxevent WHERE tenant_id = %(tenant)s
                     AND dispatched_at IS NULL AND parked_at IS NULL AND type = ANY(%(facts)s)))
      FROM analytics_dailystats WHERE tenant_id = %(tenant)s AND channel = ''
"""


def today() -> date:
    """The local day of the active tenant."""
    return clock.local_date(clock.now(), current_tenant().timezone)


def period_get(*, days: int = 30, first: date | None = None, last: date | None = None) -> Period:
    """The asked local days, or the past ``days``; InvalidValue for a range that cannot be shown."""
    if first is None and last is None:
        return past(days, until=today())
    end = last or today()
    period = Period(first=first or end - timedelta(days=days - 1), last=end)
    if period.last > today():
        raise InvalidValue("a range ends today at the latest", pointer="/to")
    if not 1 <= period.days <= LONGEST_RANGE or period.first < _EARLIEST:
        raise InvalidValue("a range has 1 to 366 days, the earlier first", pointer="/from")
    return period


def members_counted() -> int:
    """Members by the day rows; equals the member list once every day is settled."""
    total = DailyStats.objects.filter(channel="").aggregate(total=Sum("new_members"))["total"]
    return total or 0


def overview_get(period: Period, *, compare: Compare = "previous") -> Overview:
    """The overview of a period, in eight queries or fewer whatever the size of the brand."""
    before = period.before(compare)
    days = _days(period, before)
    base = _base(period, before)
    standings = _standings(before)
    standing = _listable(standings[0]) if standings else None
    return Overview(
        compare=compare,
        current=Figures(
            period=period,
            days=days[0],
            members=base.members_last,
            is_open=period.last == today(),
        ),
        previous=(
            Figures(period=before, days=days[1], members=base.members_before)
            if before is not None
            else None
        ),
        channels=_channels(period),
        standing=standing,
        standing_before=standings[-1] if len(standings) > 1 else None,
        reach=reach_get(period),
        loop=_loop(base.members, standing),
        as_of=base.as_of,
        is_settling=base.is_settling,
        members=base.members,
        has_orders=base.has_orders,
    )


def _days(period: Period, before: Period | None) -> list[list[Day]]:
    """Both periods day by day, days without a row as zeros."""
    then = before or Period(first=period.first, last=period.first - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(
            _DAYS, [period.first, period.last, then.first, then.last, require_tenant_id()]
        )
        rows = cursor.fetchall()
    found: list[dict[date, Day]] = [{}, {}]
    for place, *stored, fresh in rows:
        day = Day(**dict(zip(_STORED, stored, strict=True)), fresh_buyers=int(fresh))
        found[place][day.local_date] = day
    return [
        [
            known.get(day, Day(local_date=day))
            for day in (span.first + timedelta(days=step) for step in range(span.days))
        ]
        for span, known in zip((period, then), found, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _Base:
    members_last: int
    members_before: int
    members: int
    has_orders: bool
    as_of: datetime
    is_settling: bool


def _base(period: Period, before: Period | None) -> _Base:
    with connection.cursor() as cursor:
        cursor.execute(
            _BASE,
            {
                "tenant": require_tenant_id(),
                "last": period.last,
                "last_before": (before or period).last,
                "facts": _FACTS,
            },
        )
        last, last_before, members, has_orders, waiting = cursor.fetchone()
    now = clock.now()
    return _Base(
        members_last=last,
        members_before=last_before,
        members=members,
        has_orders=has_orders,
        as_of=min(waiting, now) if waiting is not None else now,
        is_settling=waiting is not None,
    )


def _channels(period: Period) -> list[ChannelLine]:
    rows = (
        DailyStats.objects.filter(local_date__range=(period.first, period.last))
        .exclude(channel="")
        .values("channel")
        .annotate(gmv=Sum("gmv_fen"), count=Sum("orders"), joined=Sum("new_members"))
        .order_by("-gmv", "-joined", "channel")
    )
    return [
        ChannelLine(
            channel=row["channel"],
            gmv_fen=row["gmv"],
            orders=row["count"],
            new_members=row["joined"],
        )
        for row in rows[:_CHANNELS_SHOWN]
    ]


def _standings(before: Period | None) -> list[Standing]:
    """The last night, then the one at the end of the period before, if it was kept."""
    nights = DaySnapshot.objects.values("tenant_id").annotate(last=Max("as_of")).values("last")
    wanted = Q(as_of__in=nights)
    if before is not None:
        wanted |= Q(as_of__in=nights.filter(as_of__lte=before.last))
    rows = list(DaySnapshot.objects.filter(wanted).order_by("-as_of"))
    return [_standing(row) for row in rows]


def _standing(row: DaySnapshot) -> Standing:
    curve = sorted((int(key), kept) for key, kept in row.pareto.items())
    shares = [(top, rate_bp(kept["net_fen"], row.net_fen) or 0) for top, kept in curve]
    return Standing(
        as_of=row.as_of,
        computed_at=row.computed_at,
        members=row.members,
        friends=row.friends,
        reachable=row.reachable,
        payers=row.payers,
        net_fen=row.net_fen,
        buyers=row.buyers,
        repeat_buyers=row.repeat_buyers,
        orders=row.orders,
        points_outstanding=row.points_outstanding,
        marks=[
            TopShare(top_bp=top, share_bp=share, **kept)
            for (top, kept), (_top, share) in zip(curve, shares, strict=True)
            if top in PARETO_MARKS
        ],
        curve=shares,
    )


def _listable(standing: Standing) -> Standing:
    """Say of each mark whether a list of members from its floor up shows exactly its members now.

    Counted in the index alone, and only up to `_MOST_LISTED`: a longer list is nobody's reading.
    """
    short = [mark for mark in standing.marks if mark.members <= _MOST_LISTED]
    if not short:
        return standing
    counts = MemberRollup.objects.filter(
        net_fen__gte=min(mark.floor_fen for mark in short)
    ).aggregate(
        **{
            f"top_{mark.top_bp}": Count("member_id", filter=Q(net_fen__gte=mark.floor_fen))
            for mark in short
        }
    )
    marks = [
        replace(mark, is_listable=counts.get(f"top_{mark.top_bp}") == mark.members)
        for mark in standing.marks
    ]
    return replace(standing, marks=marks)


def reach_get(period: Period) -> Reach:
    """Pushes that were due in the period, from their audience to what WeCom reported."""
    zone = current_tenant().timezone
    pushes = list(
        Push.objects.filter(
            scheduled_at__gte=clock.local_midnight(period.first, zone),
            scheduled_at__lt=clock.local_midnight(period.last + timedelta(days=1), zone),
        )
        .exclude(state=PushState.DRAFT.value)
        .order_by("-scheduled_at", "-id")
        .only("id", "tally", "tenant_id")[:_PUSHES_COUNTED]
    )
    tallies = list(tallies_of(pushes).values()) if pushes else []
    return Reach(
        pushes=len(pushes),
        targeted=sum(tally.total for tally in tallies),
        excluded=sum(tally.suppressed for tally in tallies),
        submitted=sum(tally.handed_over for tally in tallies),
        sent=sum(tally.sent for tally in tallies),
        failed=sum(tally.failed for tally in tallies),
    )


def _loop(members: int, standing: Standing | None) -> Sequence[LoopCount]:
    own = {"members": members, "points": standing.points_outstanding if standing else None}
    found = []
    for part in PARTS:
        source = loop_source(part)
        if part in own:
            found.append(LoopCount(part=part, count=own[part]))
        elif source is None:
            found.append(LoopCount(part=part, count=None))
        else:
            found.append(LoopCount(part=part, count=source.count(), page=source.page))
    return found


def days_listed(period: Period) -> list[Day]:
    """Every day of a period, for a file."""
    return _days(period, None)[0]
