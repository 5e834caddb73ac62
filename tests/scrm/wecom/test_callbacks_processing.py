"""From the sandbox's phone to our rows: over HTTP, in any order, repeated."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scrm.core import clock
from scrm.core.secrets import secret_open
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.callbacks.doors import doors_forget
from scrm.wecom.callbacks.inbox import dedup_key
from scrm.wecom.callbacks.services import callback_replay, callbacks_process, callbacks_trim
from scrm.wecom.callbacks.tasks import callbacks_drain
from scrm.wecom.contacts.tags import contact_remark_set, contact_tags_mark, tag_create, tag_delete
from scrm.wecom.gateway import ContactWay, gateway_for
from scrm.wecom.models import (
    CallbackEvent,
    CorpTag,
    Department,
    ExternalContact,
    FollowRelation,
    InboxState,
    Staff,
    WeComCorp,
)
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import CorpSeed, DepartmentSeed
from tests.scrm.wecom.conftest import AES_KEY, AGENT, CORP, T0, TOKEN


def event(change: str, at: int, **fields: str) -> str:
    own = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return (
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>sys</FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType>event</MsgType><Event>change_external_contact</Event><ChangeType>{change}</ChangeType>{own}</xml>"
    )


def store(corp: WeComCorp, raw: str) -> CallbackEvent:
    return CallbackEvent.objects.create(
        corp=corp,
        dedup=dedup_key(corp.tenant_id, raw.encode()),
        raw=raw,
        received_at=clock.now(),
        has_welcome="<WelcomeCode>" in raw,
    )


def relation(userid: str = "li.na", external_userid: str = "wm1") -> FollowRelation:
    return FollowRelation.objects.get(
        staff__userid=userid, contact__external_userid=external_userid
    )


def told() -> list[tuple[str, str]]:
    facts = OutboxEvent.objects.filter(type="wecom.contact_changed").order_by("id")
    return [(fact.payload["change"], fact.payload["external_userid"]) for fact in facts]


PAIR = {"UserID": "li.na", "ExternalUserID": "wm1"}


def test_a_new_friend_becomes_rows_and_one_fact(corp: WeComCorp) -> None:
    store(corp, event("add_external_contact", T0, State="ch_42", **PAIR))
    assert callbacks_process() == 1
    kept = relation()
    assert (kept.state, kept.state_param, kept.remark, kept.deleted_by) == (
        "active",
        "ch_42",
        "老客",
        "",
    )
    assert kept.phones == '["13800138000"]'
    assert len(kept.tag_ids) == 1
    assert (kept.contact.name, kept.contact.unionid) == ("陈晨", "o1")
    fact = OutboxEvent.objects.get(type="wecom.contact_changed")
    assert [secret_open(phone) for phone in fact.payload.pop("phones")] == ["13800138000"]
    assert "13800138000" not in str(OutboxEvent.objects.values_list("payload").get())
    assert fact.payload == {
        "corp_id": CORP,
        "external_userid": "wm1",
        "unionid": "o1",
        "name": "陈晨",
        "gender": 2,
        "userid": "li.na",
        "change": "added",
        "state": "ch_42",
        "tags": kept.tag_ids,
        "at": "2025-10-09T08:53:20+00:00",
    }
    row = CallbackEvent.objects.get()
    assert (row.state, row.type, row.change) == (
        "done",
        "change_external_contact",
        "add_external_contact",
    )


def test_phones_are_sealed_in_the_database(corp: WeComCorp) -> None:
    from django.db import connection

    store(corp, event("add_external_contact", T0, **PAIR))
    callbacks_process()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phones FROM wecom_followrelation WHERE tenant_id = %s", [corp.tenant_id]
        )
        sealed = cursor.fetchone()[0]
    assert sealed.startswith("f1$")
    assert "138" not in sealed


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_half_whole_and_gone_end_the_same_in_every_order(
    corp: WeComCorp, sandbox: SandboxControl, order: tuple[int, ...]
) -> None:
    events = [
        event("add_half_external_contact", T0, State="ch_42", **PAIR),
        event("add_external_contact", T0 + 1, State="ch_42", **PAIR),
        event("del_follow_user", T0 + 9, **PAIR),
    ]
    for index in order:
        store(corp, events[index])
        callbacks_process()
    kept = relation()
    assert (kept.state, kept.deleted_by, kept.state_param) == ("deleted", "customer", "ch_42")
    assert int(kept.added_at.timestamp()) == T0 + 1


def test_a_replayed_callback_changes_nothing_more(corp: WeComCorp) -> None:
    row = store(corp, event("add_external_contact", T0, **PAIR))
    callbacks_process()
    before = list(FollowRelation.objects.values("state", "event_at", "remark", "tag_ids"))
    callback_replay(public_id=row.public_id)
    callbacks_process()
    assert told() == [("added", "wm1")]
    assert list(FollowRelation.objects.values("state", "event_at", "remark", "tag_ids")) == before
    assert CallbackEvent.objects.get().state == InboxState.DONE


def test_an_edit_pulls_the_card_and_tells_only_what_is_new(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    store(corp, event("add_external_contact", T0, **PAIR))
    store(corp, event("edit_external_contact", T0 + 5, **PAIR))
    callbacks_process()
    assert told() == [("added", "wm1")]
    sandbox.staff_edit(
        CORP, external_userid="wm1", userid="li.na", remark="陈姐", mobiles=("13900139000",)
    )
    store(corp, event("edit_external_contact", T0 + 6, **PAIR))
    callbacks_process()
    assert told() == [("added", "wm1"), ("edited", "wm1")]
    assert relation().remark == "陈姐"


def test_unknown_kinds_are_kept_and_marked(corp: WeComCorp) -> None:
    store(corp, event("transfer_fail", T0, FailReason="customer_refused", **PAIR))
    store(corp, "<xml><CreateTime>1</CreateTime><Event>customer_acquisition</Event></xml>")
    store(corp, "<xml>broken")
    callbacks_process()
    states = list(CallbackEvent.objects.order_by("id").values_list("state", "type"))
    assert states == [
        ("ignored", "change_external_contact"),
        ("ignored", "customer_acquisition"),
        ("failed", ""),
    ]


def test_trouble_at_wecom_delays_a_callback_and_loses_none(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    sandbox.fault("http", api="externalcontact/get", code=502, times=1)
    row = store(corp, event("add_external_contact", T0, **PAIR))
    callbacks_process()
    row.refresh_from_db()
    assert (row.state, row.tries) == (InboxState.WAITING, 1)
    assert row.error
    assert row.not_before is not None
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        callbacks_process()
    row.refresh_from_db()
    assert row.state == InboxState.DONE
    assert told() == [("added", "wm1")]


def test_a_stopped_binding_parks_callbacks_until_it_is_corrected(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    sandbox.fault("errcode", api="externalcontact/get", code=48002, times=1)
    store(corp, event("add_external_contact", T0, **PAIR))
    callbacks_process()
    assert CallbackEvent.objects.get().state == InboxState.FAILED
    assert "48002" in CallbackEvent.objects.get().error


def test_a_killed_workers_row_comes_back_after_its_lease(corp: WeComCorp) -> None:
    row = store(corp, event("add_external_contact", T0, **PAIR))
    CallbackEvent.objects.filter(pk=row.pk).update(
        state=InboxState.WORKING, not_before=clock.now() + timedelta(seconds=60)
    )
    assert callbacks_process() == 0
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert callbacks_process() == 1


def test_a_slow_corp_gives_its_turn_away_and_loses_no_callback(corp: WeComCorp) -> None:
    for n in range(3):
        store(corp, event("something_new", T0 + n, **PAIR))
    assert callbacks_process(seconds=0) == 1
    waiting = CallbackEvent.objects.filter(state=InboxState.WAITING)
    assert list(waiting.values_list("tries", "not_before")) == [(0, None)] * 2
    assert callbacks_drain() == 2


def test_tags_follow_their_events(corp: WeComCorp, sandbox: SandboxControl) -> None:
    made = gateway_for(corp).tag_add(names=["甲"], group_name="新组")

    def tag_event(change: str, id: str, kind: str) -> str:
        return (
            f"<xml><CreateTime>{T0}</CreateTime><Event>change_external_tag</Event><Id>{id}</Id>"
            f"<TagType>{kind}</TagType><ChangeType>{change}</ChangeType></xml>"
        )

    store(corp, tag_event("create", made.tags[0].tag_id, "tag"))
    callbacks_process()
    assert CorpTag.objects.get(deleted_at=None).name == "甲"
    store(corp, tag_event("shuffle", "", ""))
    callbacks_process()
    assert set(CorpTag.objects.values_list("name", flat=True)) == {"甲", "金", "银"}
    store(corp, tag_event("delete", made.group_id, "tag_group"))
    callbacks_process()
    assert set(CorpTag.objects.filter(deleted_at=None).values_list("name", flat=True)) == {
        "金",
        "银",
    }
    assert OutboxEvent.objects.filter(type="wecom.tag_changed").count() == 3


def test_our_own_calls_change_our_own_rows(corp: WeComCorp) -> None:
    store(corp, event("add_external_contact", T0, **PAIR))
    callbacks_process()
    made = tag_create(corp=corp, names=["高价值"], group_name="价值")
    tag_id = made.tags[0].tag_id
    kept = contact_tags_mark(corp=corp, userid="li.na", external_userid="wm1", add=[tag_id])
    assert tag_id in kept
    assert tag_id in relation().tag_ids
    contact_remark_set(corp=corp, userid="li.na", external_userid="wm1", remark="老朋友")
    assert relation().remark == "老朋友"
    assert told() == [("added", "wm1"), ("edited", "wm1"), ("edited", "wm1")]
    tag_delete(corp=corp, tag_id=tag_id)
    assert CorpTag.objects.get(tag_id=tag_id).deleted_at is not None


def test_members_follow_their_events(corp: WeComCorp) -> None:
    def member_event(change: str, more: str = "") -> str:
        return (
            f"<xml><CreateTime>{T0}</CreateTime><Event>change_contact</Event>"
            f"<ChangeType>{change}</ChangeType><UserID>li.na</UserID>{more}</xml>"
        )

    store(corp, member_event("create_user"))
    callbacks_process()
    assert Staff.objects.get(userid="li.na").name == "李娜"
    store(corp, member_event("delete_user"))
    callbacks_process()
    assert Staff.objects.get(userid="li.na").left_at is not None


def test_departments_follow_their_events(corp: WeComCorp, sandbox: SandboxControl) -> None:
    sandbox.seed(CorpSeed(corp_id=CORP, departments=(DepartmentSeed(2, "东区"),)))
    store(
        corp,
        f"<xml><CreateTime>{T0}</CreateTime><Event>change_contact</Event>"
        "<ChangeType>update_party</ChangeType><Id>2</Id></xml>",
    )
    callbacks_process()
    assert [str(row) for row in Department.objects.order_by("number")] == ["总部", "东区"]
    assert CallbackEvent.objects.get().state == "done"


def test_old_callbacks_are_forgotten_but_not_failed_ones(corp: WeComCorp) -> None:
    done = store(corp, "<xml><CreateTime>1</CreateTime><Event>a</Event></xml>")
    failed = store(corp, "<xml>broken")
    callbacks_process()
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert callbacks_trim() == 1
    assert list(CallbackEvent.objects.values_list("pk", flat=True)) == [failed.pk]
    assert done.pk != failed.pk


@pytest.fixture
def connected(
    transactional_db: None, sandbox: SandboxControl, live_server: object
) -> Iterator[WeComCorp]:
    """An application whose callbacks reach us over HTTP."""
    doors_forget()
    tenant = Tenant.objects.create(slug="qinghe", name="青禾")
    with tenant_scope(tenant):
        corp = WeComCorp.objects.create(
            corp_id=CORP,
            name="青禾",
            agent_id=AGENT,
            secret="sandbox-secret-of-the-app",
            token=TOKEN,
            aes_key=AES_KEY,
        )
        sandbox.set_callback(
            CORP,
            AGENT,
            url=f"{live_server.url}/wecom/qinghe/{corp.public_id}/callback",
            token=TOKEN,
            aes_key=AES_KEY,
        )
        yield corp


def test_scan_delete_and_edit_arrive_over_http_and_copies_change_nothing(
    connected: WeComCorp, sandbox: SandboxControl
) -> None:
    way = gateway_for(connected).contact_way_create(ContactWay(users=("li.na",), state="ch_7"))
    scan = sandbox.scan(CORP, config_id=way.config_id, name="新客", phone="13700137000")
    sandbox.wait_for_callbacks()
    callbacks_drain()
    kept = relation(external_userid=scan.external_userid)
    assert (kept.state, kept.state_param) == ("active", "ch_7")
    changes = [change for change, who in told() if who == scan.external_userid]
    assert changes[-1] == "added"
    for delivery in sandbox.deliveries(CORP):
        sandbox.redeliver(delivery.id, copies=3)
    sandbox.wait_for_callbacks()
    stored = CallbackEvent.objects.count()
    callbacks_drain()
    assert stored == 2
    assert [change for change, who in told() if who == scan.external_userid] == changes
    sandbox.clock_advance(5)
    sandbox.customer_delete(CORP, external_userid=scan.external_userid, userid="li.na")
    sandbox.wait_for_callbacks()
    callbacks_drain()
    assert relation(external_userid=scan.external_userid).deleted_by == "customer"
    assert ExternalContact.objects.count() == 1
