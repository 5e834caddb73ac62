"""Keep the daily figures: facts mark their days, a bell and the night settle them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from analytics.overview.counting import days_count
from analytics.overview.marks import days_mark, days_mark_all
from analytics.overview.models import DailyStats, DirtyDay, FriendMove
from analytics.overview.points import points_add
from analytics.overview.selectors import members_counted
from analytics.overview.snapshots import snapshot_write
from members.people.selectors import members_listed
from scrm.core import clock
from scrm.events.jobs.nightly import nightly_day
from scrm.tenants.context import current_tenant, require_tenant_id

# Days settled by one transaction, and days that every night counts again in any case.
_BATCH = 60
_NIGHTLY_DAYS = 40
_LOCK_SPACE = 0x5C23


@dataclass(frozen=True, kw_only=True)
class FriendChange:
    """WeCom said that a customer became (`added`) or ceased to be (`lost`) somebody's contact."""

    corp_id: str
    external_userid: str
    userid: str
    kind: str
    at: datetime


@transaction.atomic
def friends_take(changes: Sequence[FriendChange]) -> None:
    """Keep the moves, each at most once a day, and mark their days."""
    zone = current_tenant().timezone
    moves = [
        FriendMove(
            corp_id=change.corp_id,
            external_userid=change.external_userid,
            userid=change.userid,
            kind=change.kind,
            local_date=clock.local_date(change.at, zone),
            at=change.at,
        )
        for change in changes
    ]
    FriendMove.objects.bulk_create(moves, ignore_conflicts=True)
    days_mark([move.local_date for move in moves])


def days_settle(*, seconds: float = 1.0) -> int:
    """Count marked days, the latest first, until none is left or the time is up; how many were counted.

    Facts that arrive meanwhile mark again. Only one settles a brand's days at a time.
    """
    deadline = time.monotonic() + seconds
    settled = 0
    while DirtyDay.objects.exists():
        batch = _settle(waits=False)
        settled += batch
        if not batch or time.monotonic() >= deadline:
            break
    return settled


def overview_night(as_of: date) -> dict[str, int]:
    """Nightly and re-runnable: settle all marks and count the last days again; heals what has drifted."""
    with transaction.atomic():
        if not DailyStats.objects.exists() or members_counted() != members_listed().count():
            days_mark_all()
        last = max(as_of, nightly_day() + timedelta(days=1))
        days_mark([last - timedelta(days=back) for back in range(_NIGHTLY_DAYS)])
    settled = 0
    while batch := _settle(waits=True):
        settled += batch
    with transaction.atomic():
        _lock(waits=True)
        touched = points_add()
    return {"days": settled, "points_days": touched}


def overview_freeze(as_of: date) -> dict[str, int]:
    """Nightly: the standing of the whole brand at the end of the day, and N-29."""
    with transaction.atomic():
        row = snapshot_write(as_of)
    return {"members": row.members, "payers": row.payers}


@transaction.atomic
def _settle(*, waits: bool) -> int:
    if not _lock(waits=waits):
        return 0
    # A row that is being marked right now is left for the next bell: waiting for it could deadlock.
    rows = list(
        DirtyDay.objects.select_for_update(of=("self",), skip_locked=True)
        .order_by("-local_date")
        .values_list("pk", "local_date")[:_BATCH]
    )
    if rows:
        days_count([day for _key, day in rows])
        DirtyDay.objects.filter(pk__in=[key for key, _day in rows]).delete()
    return len(rows)


def _lock(*, waits: bool) -> bool:
    """Until the transaction ends nobody else counts this brand's days."""
    key = [_LOCK_SPACE, require_tenant_id() % 2**31]
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", key)
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", key)
        return bool(cursor.fetchone()[0])
