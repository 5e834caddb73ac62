from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrm.wecom.sandbox.control_types import CorpSeed, CustomerSeed, RelationSeed
from tests.scrm.wecom_sandbox.world import CORP, NOW, Api

ADD = "externalcontact/add_msg_template"


def _add(api, **body) -> dict:
    return api.post(ADD, {"text": {"content": "周五会员日"}, **body})


def _results(api, msgid: str, userid: str) -> dict[str, int]:
    body = {"msgid": msgid, "userid": userid}
    rows = api.post("externalcontact/get_groupmsg_send_result", body)["send_list"]
    return {r["external_userid"]: r["status"] for r in rows}


def test_a_broadcast_waits_for_the_member_and_then_tells_the_outcome(api, sandbox) -> None:
    made = _add(api, sender="li.na")
    assert made["fail_list"] == []
    [task] = api.post("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    assert task == {"userid": "li.na", "status": 0}
    assert set(_results(api, made["msgid"], "li.na").values()) == {0}
    assert sandbox.inbox(CORP, "wmSBX0000") == []
    sandbox.customer_delete(CORP, external_userid="wmSBX0002", userid="li.na")
    outcome = sandbox.confirm(CORP, msgid=made["msgid"])
    assert (outcome.tasks, outcome.sent, outcome.not_friend) == (1, 2, 1)
    [task] = api.post("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    assert task == {"userid": "li.na", "status": 2, "send_time": NOW}
    assert _results(api, made["msgid"], "li.na") == {"wmSBX0000": 1, "wmSBX0002": 2, "wmSBX0004": 1}
    assert sandbox.inbox(CORP, "wmSBX0000")[0].text == "周五会员日"


def test_without_a_sender_the_member_who_chatted_last_gets_the_task(api, sandbox) -> None:
    sandbox.seed(CorpSeed(CORP, relations=(RelationSeed("wang.wei", "wmSBX0000", createtime=NOW),)))
    made = _add(api, external_userid=["wmSBX0000", "stranger"])
    assert made["fail_list"] == ["stranger"]
    assert [t.userid for t in sandbox.tasks(CORP)] == ["wang.wei"]
    sandbox.clock_advance(60)
    sandbox.customer_reply(CORP, external_userid="wmSBX0000", userid="li.na", text="在")
    made = _add(api, external_userid=["wmSBX0000"])
    assert [t.userid for t in sandbox.tasks(CORP, msgid=made["msgid"])] == ["li.na"]


def test_tag_filter_is_or_inside_a_group_and_and_between(api, sandbox) -> None:
    groups = api.post("externalcontact/get_corp_tag_list")["tag_group"]
    ids = {t["name"]: t["id"] for g in groups for t in g["tag"]}
    mark = {"userid": "li.na", "external_userid": "wmSBX0000", "add_tag": [ids["门店"]]}
    api.post("externalcontact/mark_tag", mark)
    either = {"group_list": [{"tag_list": [ids["金卡"], ids["银卡"]]}]}
    _add(api, tag_filter=either)
    assert sandbox.sends()[-1].recipients == ("wmSBX0000", "wmSBX0001")
    both = {"group_list": [*either["group_list"], {"tag_list": [ids["门店"]]}]}
    _add(api, tag_filter=both)
    assert sandbox.sends()[-1].recipients == ("wmSBX0000",)
    none = {"group_list": [{"tag_list": [ids["银卡"]]}]}
    assert _add(api, tag_filter=none)["errcode"] == 41048


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, 40063),
        ({"sender": "nobody"}, 60111),
        ({"external_userid": ["nobody"]}, 41048),
        ({"sender": "li.na", "chat_type": "other"}, 40058),
        ({"sender": "li.na", "text": {"content": "长" * 1334}}, 45002),
        ({"sender": "li.na", "text": {}}, 40063),
        (
            {
                "sender": "li.na",
                "attachments": [{"msgtype": "link", "link": {"title": "a", "url": "u"}}] * 10,
            },
            41064,
        ),
        ({"sender": "li.na", "attachments": [{"msgtype": "voice"}]}, 41065),
        (
            {"sender": "li.na", "attachments": [{"msgtype": "image", "image": {"media_id": "x"}}]},
            40007,
        ),
        ({"external_userid": ["x"] * 10_001}, 40058),
        ({"chat_type": "group"}, 41009),
    ],
)
def test_bad_broadcasts_have_their_codes(api, sandbox, body, code) -> None:
    assert _add(api, **body)["errcode"] == code
    assert sandbox.sends() == []


def test_the_same_call_twice_sends_twice(api, sandbox) -> None:
    first, second = _add(api, sender="li.na"), _add(api, sender="li.na")
    assert first["msgid"] != second["msgid"]
    assert [s.msgid for s in sandbox.sends()] == [first["msgid"], second["msgid"]]


def test_the_list_finds_unknown_sends_by_time(api, sandbox) -> None:
    made = []
    for n in range(5):
        made.append(_add(api, text={"content": f"第{n}次"}, sender="li.na")["msgid"])
        sandbox.clock_advance(10)
    span = {"chat_type": "single", "start_time": NOW + 10, "end_time": NOW + 40, "limit": 3}
    first = api.post("externalcontact/get_groupmsg_list_v2", span)
    second = api.post(
        "externalcontact/get_groupmsg_list_v2", span | {"cursor": first["next_cursor"]}
    )
    rows = [*first["group_msg_list"], *second["group_msg_list"]]
    assert [r["msgid"] for r in rows] == made[1:]
    assert second["next_cursor"] == ""
    assert rows[0]["create_time"] == NOW + 10
    assert rows[0]["create_type"] == 0
    assert "creator" not in rows[0]
    assert rows[0]["text"] == {"content": "第1次"}
    by_member = api.post("externalcontact/get_groupmsg_list_v2", span | {"filter_type": 1})
    assert by_member["group_msg_list"] == []
    wide = {"chat_type": "single", "start_time": NOW - 40 * 86400, "end_time": NOW}
    assert api.post("externalcontact/get_groupmsg_list_v2", wide)["errcode"] == 40058


def test_results_page_over_two_thousand_recipients(api, sandbox) -> None:
    sandbox.seed(
        CorpSeed(
            CORP,
            customers=tuple(CustomerSeed(f"wmMany{i:04d}", f"多{i}") for i in range(2000)),
            relations=tuple(RelationSeed("wang.wei", f"wmMany{i:04d}") for i in range(2000)),
        )
    )
    made = _add(api, external_userid=[f"wmMany{i:04d}" for i in range(2000)])
    assert sandbox.confirm(CORP).sent == 2000
    seen, cursor, pages = {}, "", 0
    while pages == 0 or cursor:
        body = {"msgid": made["msgid"], "userid": "wang.wei", "limit": 1000, "cursor": cursor}
        answer = api.post("externalcontact/get_groupmsg_send_result", body)
        seen |= {r["external_userid"]: r["status"] for r in answer["send_list"]}
        cursor, pages = answer["next_cursor"], pages + 1
    assert (pages, len(seen), set(seen.values())) == (2, 2000, {1})


@pytest.mark.parametrize("rule, most", [("monthly", 31), ("weekly", 7), ("daily", 1)])
def test_the_quota_stops_a_customer_until_the_period_turns(api, sandbox, rule, most) -> None:
    sandbox.corp_update(CORP, quota_rule=rule)
    for _ in range(most):
        _add(api, external_userid=["wmSBX0000"])
    assert sandbox.confirm(CORP).sent == most
    over = _add(api, external_userid=["wmSBX0000", "wmSBX0002"])
    outcome = sandbox.confirm(CORP, msgid=over["msgid"])
    assert (outcome.sent, outcome.over_quota) == (1, 1)
    assert _results(api, over["msgid"], "li.na")["wmSBX0000"] == 3
    sandbox.clock_freeze(datetime(2025, 11, 3, tzinfo=UTC).timestamp())
    api.sign_in()
    _add(api, external_userid=["wmSBX0000"])
    assert sandbox.confirm(CORP).sent == 1


def test_reminders_are_three_a_day_and_cancelling_ends_it(api, sandbox) -> None:
    msgid = _add(api, sender="li.na")["msgid"]
    remind, cancel = "externalcontact/remind_groupmsg_send", "externalcontact/cancel_groupmsg_send"
    codes = [api.post(remind, {"msgid": msgid})["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 41094]
    sandbox.clock_advance(86401)
    api.sign_in()
    assert api.post(remind, {"msgid": msgid})["errcode"] == 0
    assert api.post(cancel, {"msgid": msgid})["errcode"] == 0
    assert api.post(cancel, {"msgid": msgid})["errcode"] == 41093
    assert api.post(remind, {"msgid": msgid})["errcode"] == 41093
    assert sandbox.confirm(CORP).tasks == 0
    assert api.post(remind)["errcode"] == 41046
    assert api.post(remind, {"msgid": "x"})["errcode"] == 41047


def test_right_after_creation_results_may_be_unavailable(api, sandbox) -> None:
    sandbox.switch(dispatch_seconds=5)
    body = {"msgid": _add(api, sender="li.na")["msgid"]}
    assert api.post("externalcontact/get_groupmsg_task", body)["errcode"] == 41063
    sandbox.clock_advance(5)
    assert api.post("externalcontact/get_groupmsg_task", body)["errcode"] == 0


def test_one_member_confirms_only_their_own_task(api, sandbox) -> None:
    made = _add(api, external_userid=["wmSBX0000", "wmSBX0001"])
    assert sandbox.confirm(CORP, userid="wang.wei").sent == 1
    statuses = api.post("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    assert [(t["userid"], t["status"]) for t in statuses] == [("li.na", 0), ("wang.wei", 2)]
    narrow = Api(sandbox.base_url).sign_in("narrow")
    seen = narrow.post("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    assert [t["userid"] for t in seen] == ["li.na"]


def test_group_broadcasts_need_a_sender_and_name_no_customers(api, sandbox) -> None:
    made = _add(api, chat_type="group", sender="li.na")
    assert sandbox.confirm(CORP).tasks == 1
    assert _results(api, made["msgid"], "li.na") == {}
