from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.overview.models import DailyStats, DaySnapshot, FriendMove
from analytics.overview.points import points_add
from analytics.overview.rules import Period
from analytics.overview.selectors import overview_get
from analytics.overview.services import FriendChange, friends_take, overview_freeze
from members.orders.models import MemberRollup
from members.people.models import Member
from scrm.events.bus import publish
from scrm.events.jobs.nightly import NIGHTLY, nightly_run_all
from scrm.tenants.models import Tenant
from tests.analytics.overview.books import settle
from tests.factories.members import START, member, order, phone_of

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
NIGHT = date(2026, 1, 31)


def spend(amounts: list[int]) -> None:
    for number, fen in enumerate(amounts):
        order(phone=phone_of(number), paid_fen=fen)


@pytest.mark.parametrize("payers", [1, 49, 50, 51, 130])
def test_pareto_equals_a_sort_of_all_members(brand: Tenant, payers: int) -> None:
    amounts = [(number * 7919) % 50 * 100 + 100 for number in range(payers)]
    spend(amounts)
    member()
    overview_freeze(NIGHT)
    row = DaySnapshot.objects.get()
    best = sorted(amounts, reverse=True)
    assert (row.payers, row.net_fen) == (payers, sum(amounts))
    for share in (200, 2000, 10_000):
        k = -(-payers * share // 10_000)
        kept = row.pareto[str(share)]
        assert kept == {"members": k, "net_fen": sum(best[:k]), "floor_fen": best[k - 1]}


def test_a_mark_is_a_door_only_while_its_list_shows_exactly_its_members(brand: Tenant) -> None:
    spend([900, 800, 700, 600, 500])
    overview_freeze(NIGHT)
    period = Period(first=START.date(), last=START.date())
    standing = overview_get(period).standing
    assert standing is not None
    assert [mark.is_listable for mark in standing.marks] == [True, True]
    order(phone=phone_of(77), paid_fen=900)
    standing = overview_get(period).standing
    assert standing is not None
    assert [mark.is_listable for mark in standing.marks] == [False, False]


def test_the_night_freezes_who_is_there_and_who_came_back(brand: Tenant) -> None:
    spend([100, 200, 300])
    order(phone=phone_of(0), paid_fen=50)
    friend = member()
    Member.objects.filter(pk=friend.pk).update(is_wecom_friend=True)
    away = member()
    Member.objects.filter(pk=away.pk).update(is_wecom_friend=True, is_opted_out=True)
    overview_freeze(NIGHT)
    row = overview_get(Period(first=NIGHT, last=NIGHT)).standing
    assert row is not None
    assert (row.members, row.friends, row.reachable) == (5, 2, 1)
    assert (row.buyers, row.repeat_buyers, row.repeat_bp) == (3, 1, 3333)
    assert row.ltv_fen == 217


def test_running_a_night_again_writes_the_same_row(brand: Tenant) -> None:
    spend([100, 200])
    first = overview_freeze(NIGHT)
    assert overview_freeze(NIGHT) == first
    assert DaySnapshot.objects.count() == 1


def test_the_whole_night_runs_in_its_order(brand: Tenant) -> None:
    order(phone=phone_of(1))
    assert (
        NIGHTLY["rollups"].order < NIGHTLY["overview_days"].order < NIGHTLY["overview_freeze"].order
    )
    assert all(run.state == "done" for run in nightly_run_all(as_of=NIGHT, only="overview_days"))
    assert all(run.state == "done" for run in nightly_run_all(as_of=NIGHT, only="overview_freeze"))
    assert DailyStats.objects.get(local_date=START.date(), channel="").gmv_fen == 10_000
    assert MemberRollup.objects.count() == DaySnapshot.objects.get().members


def told(change: str, at: datetime, userid: str = "zhang") -> None:
    publish(
        "wecom.contact_changed",
        payload={
            "corp_id": "ww1", "external_userid": "wm1", "unionid": "", "name": "小林", "gender": 0, "phones": [],
            "userid": userid, "change": change, "state": "", "tags": [], "at": at.isoformat(),
        },
    )  # fmt: skip


def test_friends_are_counted_once_a_day_however_often_wecom_tells(brand: Tenant) -> None:
    at = datetime(2026, 1, 10, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    told("deleted_by_customer", at + timedelta(hours=3))
    told("added", at)
    told("added", at)
    told("added", at, userid="wang")
    told("synced", at + timedelta(seconds=1))
    told("edited", at + 5 * DAY)
    settle()
    row = DailyStats.objects.get(local_date=date(2026, 1, 10), channel="")
    assert (row.new_friends, row.lost_friends, row.new_members) == (1, 0, 0)
    assert DailyStats.objects.get(local_date=date(2026, 1, 11), channel="").lost_friends == 1
    assert FriendMove.objects.count() == 3
    friends_take(
        [FriendChange(corp_id="ww1", external_userid="wm1", userid="zhang", kind="added", at=at)]
    )
    settle()
    assert DailyStats.objects.get(local_date=date(2026, 1, 10), channel="").new_friends == 1


def test_points_are_added_to_their_days_once(brand: Tenant) -> None:
    order(phone=phone_of(1), paid_fen=12_300, completed_at=START + DAY)
    settle()
    assert points_add() == 0, "what was just posted waits a minute"
    assert points_add(lag_seconds=-60) >= 1
    issued = DailyStats.objects.filter(points_issued__gt=0).values_list("points_issued", flat=True)
    assert list(issued) == [123]
    assert points_add(lag_seconds=-60) == 0
    settle()
    assert sum(issued.all()) == 123, "counting a day again leaves its points"
