"""The workbench: what waits, how today goes, how far the cold start is, and the way out of what failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from analytics.overview.models import DailyStats
from communities.outreach.models import Push
from members.segments.services import segment_create
from scrm.console.workbench import Todo, todo_register, todos_for
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events import bus
from scrm.events.bus import event_register, publish
from scrm.events.jobs import nightly
from scrm.events.jobs.nightly import (
    NIGHTLY,
    night_retry,
    nightly_day,
    nightly_register,
    nightly_run_due,
    nights_failed,
)
from scrm.events.jobs.services import JOB_KINDS, job_kind_register, job_start
from scrm.events.models import AuditLog, Job, JobRun, OutboxEvent
from scrm.events.parked import event_retry, parked_list
from scrm.events.relay import MAX_ATTEMPTS, relay_tenant
from scrm.tenants import checklist as checklists
from scrm.tenants.checklist import ITEMS, Rule, Step, checklist, rule_register
from scrm.tenants.context import tenant_scope
from scrm.tenants.services import tenant_settings_update
from scrm.wecom.models import WeComCorp
from tests.scrm.console.conftest import House

pytestmark = pytest.mark.db
HOME = "/console/mumian/"
_KIND = "tests.home"


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    body: str = response.content.decode()
    return body


@pytest.fixture
def trouble(house: House) -> House:
    """One of everything that waits, each three hours old."""
    if _KIND not in JOB_KINDS:
        job_kind_register(_KIND, "首页试验")
    at = clock.now() - timedelta(hours=3)
    with tenant_scope(house.mumian):
        job = job_start(_KIND)
        Job.objects.filter(pk=job.pk).update(state="failed", finished_at=at)
        Push.objects.create(name="春茶预售", state="awaiting_staff", scheduled_at=at)
        JobRun.objects.create(
            job="tests_night", local_date=at.date(), state="failed", started_at=at, attempts=5
        )
        OutboxEvent.objects.create(type="order.paid", occurred_at=at, parked_at=at, attempts=12)
        WeComCorp.objects.create(
            corp_id="ww1", name="x", agent_id=1, secret="s", token="t", aes_key="k",
            state="stopped", stopped_at=at,
        )  # fmt: skip
    return house


def test_what_waits_is_counted_with_its_age_and_a_door(lin: Client, trouble: House) -> None:
    body = text(lin.get(HOME))
    for label, door in (
        ("近 7 天失败的任务", "jobs/?state=failed"),
        ("待员工确认的推送", "?state=awaiting_staff"),
        ("夜间计算失败", "settings/operation/"),
        ("搁置的事件", "settings/operation/"),
        ("企微接入已停用", "settings/wecom/"),
    ):
        assert label in body
        assert door in body
    assert body.count("最早 3 小时") == 5
    assert "都处理完了" not in body


def test_a_quiet_brand_says_so(lin: Client, house: House) -> None:
    assert "都处理完了" in text(lin.get(HOME))


def test_people_see_their_own_kinds_of_work(client: Client, trouble: House) -> None:
    keys = {todo.key for todo in todos_for(lambda permission: permission == "pushes.view")}
    assert keys == {"approvals", "pushes", "pushes-failed"}
    client.force_login(trouble.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert text(client.get(HOME)).count("最早 3 小时") == 5  # read only may look at all of it


def test_the_todos_of_a_switched_off_module_are_gone(lin: Client, trouble: House) -> None:
    tenant_settings_update(tenant_id=trouble.mumian.pk, values={"flag.marketing.push": False})
    assert "待员工确认的推送" not in text(lin.get(HOME))


def test_the_workbench_stays_below_twelve_queries(
    lin: Client, trouble: House, django_assert_max_num_queries: Any
) -> None:
    lin.get(HOME)
    for path in ("", "workbench/checklist/", "workbench/recent/"):
        with django_assert_max_num_queries(12):
            assert lin.get(HOME + path).status_code == 200


def test_today_stands_beside_yesterday(lin: Client, house: House) -> None:
    with tenant_scope(house.mumian):
        today = clock.local_date(clock.now(), house.mumian.timezone)
        for day, factor in ((today, 1), (today - timedelta(days=1), 3)):
            DailyStats.objects.create(
                local_date=day, gmv_fen=12_345 * factor, new_friends=factor, lost_friends=2 * factor,
                new_members=7 * factor, points_issued=1_000 * factor, computed_at=clock.now(),
            )  # fmt: skip
    body = text(lin.get(HOME))
    for now, then in (("¥123.45", "¥370.35"), ("1,000", "3,000"), (">7<", "21")):
        assert now in body
        assert f"昨天全天 {then}" in body
    assert f"f.orders.bought_date=between:{today},{today}" in body
    assert f"f.member.registered_date=between:{today},{today}" in body


def test_recent_things_lead_to_their_pages(lin: Client, trouble: House) -> None:
    body = text(lin.get(f"{HOME}workbench/recent/"))
    assert "春茶预售" in body
    assert "首页试验" in body
    assert "还没有内容" in text(lin.get("/console/chayu/workbench/recent/"))


def test_recent_things_are_shown_to_who_may_open_them(
    lin: Client, client: Client, house: House
) -> None:
    with tenant_scope(house.mumian):
        segment_create(
            name="陈年好茶", rule={"all": [{"field": "orders.count", "op": "gte", "value": 1}]}
        )
        Push.objects.create(name="草稿一份")
        Push.objects.create(name="发过一份", state="done", scheduled_at=clock.now())
    names = ("陈年好茶", "草稿一份", "发过一份")
    body = text(lin.get(f"{HOME}workbench/recent/"))
    assert [name in body for name in names] == [True, True, True]
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    body = text(client.get(f"{HOME}workbench/recent/"))
    assert [name in body for name in names] == [False, False, True]  # read only edits nothing


# ------------------------------------------------------------------------------------- cold start
def test_the_cold_start_is_honest_about_what_is_still_to_come(lin: Client, house: House) -> None:
    with tenant_scope(house.mumian):
        found = {state.item.key: state for state in checklist()}
    assert list(found) == ["old_users", "members", "community", "activities"]
    assert [state.step for state in found.values()] == [
        Step.LATER, Step.OPEN, Step.LATER, Step.LATER
    ]  # fmt: skip
    [posts, _categories] = found["community"].needs
    assert (posts.step, posts.count) == (Step.LATER, None)
    [tiers, earning] = found["members"].needs
    assert (tiers.step, tiers.count) == (Step.OPEN, 0)
    assert (earning.step, earning.count) == (Step.DONE, 1)
    body = text(lin.get(f"{HOME}workbench/checklist/"))
    assert "0 / 4 项完成" in body
    assert body.count("等待模块上线") == 3
    tenant_settings_update(tenant_id=house.mumian.pk, values={"points.rate_per_yuan": "0"})
    assert "现有 0，需要 1" in text(lin.get(f"{HOME}workbench/checklist/"))


def test_the_cold_start_leads_nowhere_into_a_switched_off_module(
    lin: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule(key="earn_rules", count=lambda: 0, page="push-list")
    monkeypatch.setitem(checklists._rules, rule.key, rule)
    door, part = 'href="/console/mumian/communities/pushes/', f"{HOME}workbench/checklist/"
    assert door in text(lin.get(part))
    tenant_settings_update(tenant_id=house.mumian.pk, values={"flag.marketing.push": False})
    assert door not in text(lin.get(part))


@pytest.mark.parametrize(
    ("posts", "categories", "step"),
    [(30, 3, Step.DONE), (29, 3, Step.OPEN), (30, 2, Step.OPEN), (0, 0, Step.OPEN)],
)
def test_an_item_is_done_only_when_every_rule_holds(
    posts: int, categories: int, step: Step
) -> None:
    rules = {
        "posts": Rule(key="posts", count=lambda: posts),
        "post_categories": Rule(key="post_categories", count=lambda: categories),
    }
    found = {state.item.key: state.step for state in checklist(rules)}
    assert found["community"] is step
    assert found["old_users"] is Step.LATER
    assert len(ITEMS) == 4


def test_a_rule_nobody_asks_for_is_refused() -> None:
    for key in ("no.such", "earn_rules"):
        with pytest.raises(ValueError, match="checklist"):
            rule_register(Rule(key=key, count=lambda: 1))


def test_a_todo_is_registered_once() -> None:
    todos_for(lambda _permission: True)
    known = Todo(
        key="jobs",
        label="x",
        icon="x",
        permission="",
        page="jobs",
        since="id",
        rows=lambda _page: None,
    )
    with pytest.raises(ValueError, match="jobs"):
        todo_register(known)


# ------------------------------------------------------------------------------------- the way out
@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A subscriber that fails while `broken` is set, and one that never does."""
    state: dict[str, Any] = {"broken": True, "weak": 0, "strong": 0}
    event_register("tests.stuck", "a fact")

    def weak(_event: object) -> None:
        if state["broken"]:
            raise RuntimeError("no disk")
        state["weak"] += 1

    def strong(_event: object) -> None:
        state["strong"] += 1

    bus.subscriber("tests.stuck", name="tests.weak")(weak)
    bus.subscriber("tests.stuck", name="tests.strong")(strong)
    yield state
    del bus.SUBSCRIBERS["tests.stuck"], bus.EVENT_TYPES["tests.stuck"]


def test_a_parked_event_is_sent_on_its_way_again(
    lin: Client, house: House, heard: dict[str, Any]
) -> None:
    with tenant_scope(house.mumian):
        key = publish("tests.stuck", payload={})
        OutboxEvent.objects.filter(pk=key).update(attempts=MAX_ATTEMPTS - 1)
        relay_tenant()
        assert parked_list().get().pk == key
        relay_tenant()
        assert parked_list().exists()  # the control: by itself it stays where it is
    assert "tests.stuck" in text(lin.get(f"{HOME}settings/operation/"))
    heard["broken"] = False
    assert lin.post(f"{HOME}settings/operation/events/{key}/retry/").status_code == 302
    with tenant_scope(house.mumian):
        relay_tenant()
        row = OutboxEvent.objects.get(pk=key)
        assert AuditLog.objects.get(action="event.retried").object_id == str(key)
        with pytest.raises(NotFound):
            event_retry(str(key))
    assert (row.parked_at, row.dispatched_at is not None) == (None, True)
    assert (heard["weak"], heard["strong"]) == (1, 1)  # who had heard it did not hear it twice
    assert lin.post(f"{HOME}settings/operation/events/no-id/retry/").status_code == 404


def test_all_parked_events_at_once(lin: Client, house: House) -> None:
    at = clock.now()
    with tenant_scope(house.mumian):
        for _ in range(3):
            OutboxEvent.objects.create(type="order.paid", occurred_at=at, parked_at=at)
    lin.post(f"{HOME}settings/operation/events/retry/")
    with tenant_scope(house.mumian):
        assert not parked_list().exists()
        assert AuditLog.objects.filter(action="event.retried").count() == 3


def test_a_failed_night_runs_again(
    lin: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "NIGHTLY", {})
    monkeypatch.setattr("scrm.console.shell.home.pages.NIGHTLY", nightly.NIGHTLY)
    state = {"broken": True, "ran": []}

    def step(day: Any) -> dict[str, int]:
        if state["broken"]:
            raise RuntimeError("no disk")
        state["ran"].append(day)  # type: ignore[attr-defined]
        return {}

    nightly_register("tests_step", order=1, run=step, label="试验")
    with tenant_scope(house.mumian):
        for _ in range(7):
            nightly_run_due()
        day = nightly_day()
        row = nights_failed().get()
        assert (row.state, row.attempts) == ("failed", nightly.MAX_ATTEMPTS)
        state["broken"] = False
        assert nightly_run_due() == 0  # the control: by itself it is given up
    assert "已停止重试" in text(lin.get(f"{HOME}settings/operation/"))
    retry = f"{HOME}settings/operation/nights/tests_step/{day}/retry/"
    assert lin.post(retry).status_code == 302
    with tenant_scope(house.mumian):
        assert nightly_run_due() == 1
        assert state["ran"] == [day]
        assert not nights_failed().exists()
        with pytest.raises(NotFound):
            night_retry("tests_step", day)
    assert lin.post(retry).status_code == 404
    assert lin.post(f"{HOME}settings/operation/nights/tests_step/never/retry/").status_code == 404


def test_an_older_night_is_run_again_unless_a_later_one_made_up_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(nightly, "NIGHTLY", {})
    nightly_register("tests_step", order=1, run=lambda day: ran.append(day) or {}, label="试验")
    at = clock.now()
    with tenant_scope(house.mumian):
        yesterday = nightly_day()
        older = [yesterday - timedelta(days=days) for days in (4, 2)]
        for day in older:
            JobRun.objects.create(
                job="tests_step", local_date=day, state="failed", started_at=at, attempts=5
            )
        done = JobRun.objects.create(
            job="tests_step", local_date=older[0] + timedelta(days=1), state="done", started_at=at
        )
        assert done.local_date > older[0]
        assert [row.local_date for row in nights_failed()] == [older[1]]
        night_retry("tests_step", older[1])
        JobRun.objects.create(
            job="tests_step", local_date=yesterday, state="failed", started_at=at, attempts=5
        )
        nightly_run_due()
        assert ran == [older[1]]
    assert "tests_step" not in NIGHTLY
