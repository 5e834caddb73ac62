from __future__ import annotations

import pytest

from scrm.wecom.sandbox.control import SandboxControlError
from tests.scrm.wecom_sandbox.world import CORP

WAY = {"type": 1, "scene": 2, "user": ["li.na"], "state": "ch_42", "remark": "门店"}


def _way(api, **changes) -> dict:
    return api.post("externalcontact/add_contact_way", WAY | changes)


def _welcome(api, code: str, text: str = "欢迎") -> int:
    body = {"welcome_code": code, "text": {"content": text}}
    return api.post("externalcontact/send_welcome_msg", body)["errcode"]


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"type": None}, 41037),
        ({"scene": None}, 41038),
        ({"type": 3}, 41039),
        ({"scene": 9}, 41040),
        ({"user": ["li.na", "wang.wei"]}, 41041),
        ({"scene": 1, "style": 8}, 41042),
        ({"state": "长" * 31}, 40058),
        ({"user": ["asleep"]}, 41054),
        ({"user": ["nobody"]}, 60111),
        ({"user": []}, 40063),
        ({"type": 2, "user": [], "party": [77]}, 60123),
    ],
)
def test_bad_contact_ways_have_their_codes(api, changes, code) -> None:
    assert _way(api, **changes)["errcode"] == code


def test_a_contact_way_lives_and_dies(api) -> None:
    made = _way(api)
    config_id = made["config_id"]
    shown = api.post("externalcontact/get_contact_way", {"config_id": config_id})["contact_way"]
    assert (shown["state"], shown["qr_code"]) == ("ch_42", made["qr_code"])
    change = {"config_id": config_id, "user": ["wang.wei"], "state": "ch_43"}
    assert api.post("externalcontact/update_contact_way", change)["errcode"] == 0
    shown = api.post("externalcontact/get_contact_way", {"config_id": config_id})["contact_way"]
    assert (shown["user"], shown["remark"], shown["state"]) == (["wang.wei"], "门店", "ch_43")
    listed = api.post("externalcontact/list_contact_way")["contact_way"]
    assert listed == [{"config_id": config_id}]
    assert api.post("externalcontact/del_contact_way", {"config_id": config_id})["errcode"] == 0
    gone = api.post("externalcontact/get_contact_way", {"config_id": config_id})
    assert gone["errcode"] == 41044
    assert api.post("externalcontact/get_contact_way")["errcode"] == 41043


def test_the_qr_code_is_a_picture_the_sandbox_serves(api) -> None:
    made = _way(api)
    status, headers, body = api.fetch(made["qr_code"])
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")
    assert b"<svg" in body


def test_a_scan_makes_the_friendship_and_both_events(api, sandbox, listening) -> None:
    scan = sandbox.scan(CORP, qr_code=_way(api)["qr_code"], name="晨曦", phone="13912345678")
    sandbox.wait_for_callbacks()
    changes = sorted(d.change_type for d in sandbox.deliveries())
    assert changes == ["add_external_contact", "add_half_external_contact"]
    assert all(
        f"<State><![CDATA[ch_42]]></State><WelcomeCode><![CDATA[{scan.welcome_code}]]>" in e
        for e in listening.events
    )
    [follow] = api.get("externalcontact/get", external_userid=scan.external_userid)["follow_user"]
    assert (follow["userid"], follow["state"], follow["add_way"]) == ("li.na", "ch_42", 1)
    again = sandbox.scan(CORP, qr_code=_way(api)["qr_code"], external_userid=scan.external_userid)
    assert (again.new_relation, again.welcome_code) == (False, "")
    sandbox.wait_for_callbacks()
    assert len(sandbox.deliveries()) == 2


def test_a_half_added_customer_is_not_a_contact_yet(api, sandbox) -> None:
    scan = sandbox.scan(CORP, config_id=_way(api)["config_id"], name="晨曦", accept=False)
    assert api.get("externalcontact/get", external_userid=scan.external_userid)["errcode"] == 84061
    assert _welcome(api, scan.welcome_code) == 0
    sandbox.staff_accept(CORP, external_userid=scan.external_userid, userid="li.na")
    assert api.get("externalcontact/get", external_userid=scan.external_userid)["errcode"] == 0


def test_the_full_event_has_no_code_once_the_half_code_was_used(api, sandbox, listening) -> None:
    scan = sandbox.scan(CORP, config_id=_way(api)["config_id"], name="晨曦", accept=False)
    assert _welcome(api, scan.welcome_code) == 0
    sandbox.staff_accept(CORP, external_userid=scan.external_userid, userid="li.na")
    sandbox.wait_for_callbacks()
    [full] = [e for e in listening.events if "[add_external_contact]" in e]
    assert "WelcomeCode" not in full


def test_a_code_that_asks_first_sends_only_the_full_event(api, sandbox, listening) -> None:
    way = _way(api, skip_verify=False)
    sandbox.scan(CORP, config_id=way["config_id"], name="晨曦")
    sandbox.wait_for_callbacks()
    assert [d.change_type for d in sandbox.deliveries()] == ["add_external_contact"]


def test_members_of_a_shared_code_take_turns(api, sandbox) -> None:
    way = _way(api, type=2, user=["li.na", "wang.wei"])
    found = [sandbox.scan(CORP, config_id=way["config_id"], name=f"客{n}").userid for n in range(4)]
    assert found == ["li.na", "wang.wei", "li.na", "wang.wei"]


def test_a_welcome_code_works_once_within_twenty_seconds(api, sandbox) -> None:
    config_id = _way(api)["config_id"]
    scan = sandbox.scan(CORP, config_id=config_id, name="晨曦")
    sandbox.clock_advance(19)
    assert _welcome(api, scan.welcome_code, "你好，晨曦") == 0
    assert _welcome(api, scan.welcome_code) == 41051
    [message] = sandbox.inbox(CORP, scan.external_userid)
    assert (message.kind, message.text, message.userid) == ("welcome", "你好，晨曦", "li.na")
    [send] = sandbox.sends(CORP, kind="welcome")
    assert send.recipients == (scan.external_userid,)
    late = sandbox.scan(CORP, config_id=config_id, name="迟到")
    sandbox.clock_advance(21)
    assert _welcome(api, late.welcome_code) == 41050
    assert _welcome(api, "made-up") == 41050
    assert api.post("externalcontact/send_welcome_msg")["errcode"] == 41049


def test_a_refused_welcome_leaves_the_code_usable(api, sandbox) -> None:
    scan = sandbox.scan(CORP, config_id=_way(api)["config_id"], name="晨曦")
    sandbox.switch(welcome_busy_next=1)
    assert _welcome(api, scan.welcome_code) == 41096
    assert _welcome(api, scan.welcome_code, "长" * 1400) == 45002
    assert _welcome(api, scan.welcome_code) == 0


def test_no_welcome_after_the_customer_wrote(api, sandbox) -> None:
    scan = sandbox.scan(CORP, config_id=_way(api)["config_id"], name="晨曦")
    pair = {"external_userid": scan.external_userid, "userid": "li.na"}
    sandbox.customer_reply(CORP, **pair, text="在吗")
    assert _welcome(api, scan.welcome_code) == 41051


def test_impossible_deeds_say_why_in_chinese(api, sandbox) -> None:
    with pytest.raises(SandboxControlError, match="没有这个联系码") as refused:
        sandbox.scan(CORP, config_id="nope", name="x")
    assert refused.value.status == 422
    with pytest.raises(SandboxControlError, match="昵称"):
        sandbox.scan(CORP, config_id=_way(api)["config_id"])
    with pytest.raises(SandboxControlError, match="没有这个企业"):
        sandbox.scan("ww-nobody", config_id="x", name="x")
