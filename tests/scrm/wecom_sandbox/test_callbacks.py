from __future__ import annotations

import re

import pytest

from scrm.wecom.sandbox.control import SandboxControlError
from scrm.wecom.sandbox.control_types import CallbackFaults
from tests.scrm.wecom_sandbox.world import AES_KEY, AGENT, CORP, NOW, TOKEN

PAIR = {"external_userid": "wmSBX0000", "userid": "li.na"}


def test_saving_an_address_needs_the_exact_plaintext(sandbox, receiver) -> None:
    receiver.echo_suffix = b"\n"
    with pytest.raises(SandboxControlError, match="明文不正确"):
        sandbox.set_callback(CORP, AGENT, url=receiver.url, token=TOKEN, aes_key=AES_KEY)
    receiver.echo_suffix = b""
    sandbox.set_callback(CORP, AGENT, url=receiver.url, token=TOKEN, aes_key=AES_KEY)
    with pytest.raises(SandboxControlError, match="EncodingAESKey"):
        sandbox.set_callback(CORP, AGENT, url=receiver.url, token=TOKEN, aes_key="short")


def test_an_unreachable_address_is_refused_unless_not_verified(sandbox) -> None:
    nowhere = {"url": "http://127.0.0.1:9/callback", "token": TOKEN, "aes_key": AES_KEY}
    with pytest.raises(SandboxControlError, match="没有应答"):
        sandbox.set_callback(CORP, AGENT, **nowhere)
    sandbox.set_callback(CORP, AGENT, **nowhere, verify=False)


def test_an_event_arrives_sealed_with_its_agent(sandbox, listening) -> None:
    sandbox.staff_edit(CORP, **PAIR, remark="VIP")
    sandbox.wait_for_callbacks()
    [xml] = listening.events
    assert xml == (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[change_external_contact]]></Event>"
        "<ChangeType><![CDATA[edit_external_contact]]></ChangeType>"
        "<UserID><![CDATA[li.na]]></UserID><ExternalUserID><![CDATA[wmSBX0000]]></ExternalUserID></xml>"
    )
    assert f"<AgentID><![CDATA[{AGENT}]]></AgentID>" in listening.bodies[0]
    [delivery] = sandbox.deliveries()
    assert (delivery.state, delivery.attempts[0].status) == ("delivered", 200)


def test_each_deed_has_its_event(sandbox, listening) -> None:
    sandbox.customer_delete(CORP, **PAIR)
    sandbox.staff_delete(CORP, external_userid="wmSBX0002", userid="li.na")
    sandbox.wait_for_callbacks()
    assert sorted(d.change_type for d in sandbox.deliveries()) == [
        "del_external_contact",
        "del_follow_user",
    ]


def test_failures_are_retried_thrice_with_fresh_envelopes(sandbox, listening) -> None:
    listening.answers = [500, 503, 502, 500]
    sandbox.staff_edit(CORP, **PAIR, remark="a")
    sandbox.wait_for_callbacks()
    [delivery] = sandbox.deliveries()
    assert (delivery.state, [a.status for a in delivery.attempts]) == (
        "failed",
        [500, 503, 502, 500],
    )
    assert len({re.search(r"<Encrypt>(.*)</Encrypt>", b)[1] for b in listening.bodies}) == 4
    assert len({q["nonce"] for q in listening.queries}) == 4


def test_a_retry_that_succeeds_ends_it(sandbox, listening) -> None:
    listening.answers = [500]
    sandbox.staff_edit(CORP, **PAIR, remark="a")
    sandbox.wait_for_callbacks()
    [delivery] = sandbox.deliveries()
    assert (delivery.state, len(delivery.attempts)) == ("delivered", 2)


def test_the_other_reading_of_the_manual_retries_only_timeouts(sandbox, listening) -> None:
    sandbox.switch(retry_mode="timeouts")
    listening.answers = [500]
    sandbox.staff_edit(CORP, **PAIR, remark="a")
    sandbox.wait_for_callbacks()
    assert len(sandbox.deliveries()[0].attempts) == 1
    sandbox.set_callback(
        CORP, AGENT, url="http://127.0.0.1:9/", token=TOKEN, aes_key=AES_KEY, verify=False
    )
    sandbox.staff_edit(CORP, **PAIR, remark="b")
    sandbox.wait_for_callbacks()
    delivery = sandbox.deliveries()[-1]
    assert (delivery.state, len(delivery.attempts)) == ("failed", 4)
    assert "refused" in delivery.attempts[0].error.lower()


def test_events_can_be_dropped_and_doubled(sandbox, listening) -> None:
    sandbox.callback_faults(CallbackFaults(drop_next=1))
    sandbox.staff_edit(CORP, **PAIR, remark="lost")
    sandbox.callback_faults(CallbackFaults(copies=2))
    sandbox.staff_edit(CORP, **PAIR, remark="thrice")
    sandbox.wait_for_callbacks()
    assert [d.state for d in sandbox.deliveries()] == ["dropped", *["delivered"] * 3]
    assert len(listening.events) == 3
    assert len(set(listening.events)) == 1
    assert len({q["msg_signature"] for q in listening.queries}) == 3


def test_events_can_arrive_late_and_out_of_order(sandbox, listening) -> None:
    sandbox.callback_faults(CallbackFaults(reorder_seconds=0.4))
    for n in range(12):
        sandbox.clock_advance(1)
        sandbox.staff_edit(CORP, **PAIR, remark=str(n))
    sandbox.wait_for_callbacks()
    times = [int(re.search(r"<CreateTime>(\d+)", e)[1]) for e in listening.events]
    assert times != sorted(times)
    assert sorted(times) == list(range(NOW + 1, NOW + 13))


def test_a_past_event_can_be_sent_again_word_for_word(sandbox, listening) -> None:
    sandbox.staff_edit(CORP, **PAIR, remark="x")
    sandbox.wait_for_callbacks()
    sandbox.redeliver(sandbox.deliveries()[0].id, copies=2)
    sandbox.wait_for_callbacks()
    assert len(listening.events) == 3
    assert len(set(listening.events)) == 1
    with pytest.raises(SandboxControlError, match="没有这条"):
        sandbox.redeliver(999_999)


def test_an_app_hears_only_of_members_it_sees(sandbox, receiver) -> None:
    sandbox.set_callback(CORP, 1000004, url=receiver.url, token=TOKEN, aes_key=AES_KEY)
    sandbox.staff_edit(CORP, external_userid="wmSBX0001", userid="wang.wei", remark="x")
    sandbox.staff_edit(CORP, **PAIR, remark="y")
    sandbox.wait_for_callbacks()
    assert [d.agent_id for d in sandbox.deliveries()] == [1000004]


def test_the_administrators_tag_work_is_told_to_every_app(sandbox, listening) -> None:
    tag_id = sandbox.admin_tag(CORP, group="偏好", name="茶")
    sandbox.admin_tag(CORP, tag_id=tag_id, name="绿茶")
    sandbox.admin_tag(CORP, tag_id=tag_id)
    sandbox.wait_for_callbacks()
    found = [(d.event, d.change_type) for d in sandbox.deliveries()]
    event = "change_external_tag"
    assert found == [(event, "create"), (event, "create"), (event, "update"), (event, "delete")]
    kinds = sorted(re.search(r"<TagType><!\[CDATA\[(\w+)\]", e)[1] for e in listening.events)
    assert kinds == ["tag", "tag", "tag", "tag_group"]
