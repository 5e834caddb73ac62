"""Every typed call against the sandbox: method, path, body, and what the answer becomes."""

from __future__ import annotations

import json

import pytest

from scrm.core.errors import InvalidValue
from scrm.wecom.errors import WeComLimited, WeComRefused
from scrm.wecom.gateway import ContactWay, Gateway, MessageContent, attachment, attachment_read
from scrm.wecom.sandbox.control import SandboxControl
from tests.scrm.wecom.conftest import AGENT, CORP, T0

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def last(sandbox: SandboxControl, api: str) -> tuple[str, dict]:
    request = sandbox.requests(api=api)[-1]
    return request.method, json.loads(request.body) if request.body else {}


def test_the_application_and_its_members_come_back_typed(gateway: Gateway) -> None:
    assert gateway.application().agent_id == AGENT
    assert gateway.contact_members() == ("li.na", "wang.wu")
    assert {member.name for member in gateway.members()} == {"李娜", "王武", "赵柳"}
    assert gateway.member_get("li.na").departments == (1,)


def test_a_customer_comes_back_with_every_friendship(gateway: Gateway) -> None:
    found = gateway.contact_pull("wm1")
    assert (found.contact.name, found.contact.unionid, found.contact.gender) == ("陈晨", "o1", 2)
    by_user = {follow.userid: follow for follow in found.follows}
    assert by_user["li.na"].state == "ch_42"
    assert by_user["li.na"].phones == ("13800138000",)
    assert by_user["li.na"].createtime == T0
    assert len(by_user["li.na"].tag_ids) == 1
    assert by_user["wang.wu"].remark == ""
    assert gateway.contacts_of("li.na") == ("wm1", "wm2")


def test_the_batch_pages_with_a_cursor(gateway: Gateway, sandbox: SandboxControl) -> None:
    first = gateway.contacts_batch(["li.na", "wang.wu"], limit=2)
    second = gateway.contacts_batch(["li.na", "wang.wu"], cursor=first.cursor, limit=2)
    pairs = [
        (row.contact.external_userid, row.follows[0].userid) for row in first.rows + second.rows
    ]
    assert sorted(pairs) == [("wm1", "li.na"), ("wm1", "wang.wu"), ("wm2", "li.na")]
    assert second.cursor == ""
    method, body = last(sandbox, "externalcontact/batch/get_by_user")
    assert method == "POST"
    assert body == {"userid_list": ["li.na", "wang.wu"], "cursor": first.cursor, "limit": 2}


def test_remarks_change_only_what_is_given(gateway: Gateway, sandbox: SandboxControl) -> None:
    gateway.contact_remark(userid="li.na", external_userid="wm1", description="爱喝茶")
    assert last(sandbox, "externalcontact/remark") == (
        "POST",
        {"userid": "li.na", "external_userid": "wm1", "description": "爱喝茶"},
    )
    gateway.contact_remark(userid="li.na", external_userid="wm1", remark="", phones=[])
    follow = next(f for f in gateway.contact_pull("wm1").follows if f.userid == "li.na")
    assert (follow.remark, follow.description, follow.phones) == ("", "爱喝茶", ())


def test_tags_are_added_renamed_marked_and_deleted(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    made = gateway.tag_add(names=["新客", "回头客"], group_name="阶段")
    again = gateway.tag_add(names=["新客"], group_id=made.group_id)
    assert again.tags[0].tag_id == made.tags[0].tag_id
    tag_id = made.tags[0].tag_id
    gateway.tag_edit(id=tag_id, name="新朋友", order=7)
    found = gateway.tags(tag_ids=[tag_id])[0].tags[0]
    assert (found.name, found.order, found.deleted) == ("新朋友", 7, False)
    gateway.tag_mark(userid="li.na", external_userid="wm2", add=[tag_id])
    assert last(sandbox, "externalcontact/mark_tag")[1] == {
        "userid": "li.na",
        "external_userid": "wm2",
        "add_tag": [tag_id],
    }
    assert gateway.contact_pull("wm2").follows[0].tag_ids == (tag_id,)
    gateway.tag_delete(tag_ids=[tag_id])
    assert gateway.tags(group_ids=[made.group_id])[0].tags != ()
    assert {group.name for group in gateway.tags()} == {"等级", "阶段"}


def test_a_tag_name_that_exists_is_refused_with_its_code(gateway: Gateway) -> None:
    made = gateway.tag_add(names=["甲", "乙"], group_name="组")
    with pytest.raises(WeComRefused) as refused:
        gateway.tag_edit(id=made.tags[0].tag_id, name="乙")
    assert (refused.value.errcode, refused.value.api) == (40071, "externalcontact/edit_corp_tag")
    assert "标签名已存在" in str(refused.value)


def test_contact_codes_live_through_their_five_calls(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    made = gateway.contact_way_create(ContactWay(users=("li.na",), state="ch_1", remark="门店"))
    assert last(sandbox, "externalcontact/add_contact_way")[1] == {
        "type": 1,
        "scene": 2,
        "remark": "门店",
        "skip_verify": True,
        "state": "ch_1",
        "user": ["li.na"],
    }
    assert made.qr_code.endswith(".svg")
    gateway.contact_way_update(
        config_id=made.config_id, way=ContactWay(users=("wang.wu",), state="ch_2")
    )
    found = gateway.contact_way_get(made.config_id)
    assert (found.users, found.state, found.qr_code) == (("wang.wu",), "ch_2", made.qr_code)
    now = int(sandbox.clock().now)
    assert gateway.contact_way_list(start=now - 60, end=now + 60).rows == (made.config_id,)
    gateway.contact_way_delete(made.config_id)
    with pytest.raises(WeComRefused) as refused:
        gateway.contact_way_get(made.config_id)
    assert refused.value.errcode == 41044


def test_several_members_share_one_code(gateway: Gateway, sandbox: SandboxControl) -> None:
    gateway.contact_way_create(ContactWay(users=("li.na", "wang.wu"), state="ch_2"))
    assert last(sandbox, "externalcontact/add_contact_way")[1]["type"] == 2


def test_files_go_up_whole_with_chinese_names(gateway: Gateway) -> None:
    up = gateway.media_upload(
        kind="image", filename="海报.png", content=PNG, content_type="image/png"
    )
    assert up.media_id
    assert up.created_at > 0


def test_a_mass_message_is_created_confirmed_reminded_and_cancelled(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    link = attachment("link", {"title": "上新", "url": "https://shop.example/new"})
    made = gateway.broadcast_create(
        sender="li.na", external_userids=["wm1", "wm2", "wm3"], text="你好", attachments=[link]
    )
    assert made.failed == ("wm3",)
    assert last(sandbox, "externalcontact/add_msg_template") == (
        "POST",
        {
            "chat_type": "single",
            "sender": "li.na",
            "external_userid": ["wm1", "wm2", "wm3"],
            "text": {"content": "你好"},
            "attachments": [
                {"msgtype": "link", "link": {"title": "上新", "url": "https://shop.example/new"}}
            ],
        },
    )
    assert gateway.broadcast_tasks(msgid=made.msgid).rows[0].status == 0
    gateway.broadcast_remind(made.msgid)
    sandbox.confirm(CORP, msgid=made.msgid)
    assert gateway.broadcast_tasks(msgid=made.msgid).rows[0].status == 2
    results = gateway.broadcast_results(msgid=made.msgid, userid="li.na").rows
    assert {row.external_userid: row.status for row in results} == {"wm1": 1, "wm2": 1}
    now = int(sandbox.clock().now)
    listed = gateway.broadcast_list(start=now - 3600, end=now + 60).rows
    assert [(row.msgid, row.text, row.creator) for row in listed] == [(made.msgid, "你好", "")]
    gateway.broadcast_cancel(made.msgid)
    with pytest.raises(WeComRefused) as refused:
        gateway.broadcast_cancel(made.msgid)
    assert refused.value.errcode == 41093


def test_a_broadcast_without_audience_is_a_definite_no(gateway: Gateway) -> None:
    with pytest.raises(WeComRefused) as refused:
        gateway.broadcast_create(sender="li.na", external_userids=["wm3"], text="你好")
    assert refused.value.errcode == 41048


def test_a_broadcast_being_dispatched_is_asked_again_later(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    sandbox.switch(dispatch_seconds=60)
    made = gateway.broadcast_create(sender="li.na", external_userids=["wm1"], text="你好")
    with pytest.raises(WeComLimited) as later:
        gateway.broadcast_tasks(msgid=made.msgid)
    assert later.value.errcode == 41063
    sandbox.switch(dispatch_seconds=0)


@pytest.mark.parametrize(
    "kind, fields",
    [
        ("poster", {}),
        ("image", {}),
        ("link", {"title": "x"}),
        ("link", {"title": "x", "url": "y", "extra": "z"}),
        ("file", {"media_id": 3}),
    ],
)
def test_attachments_wecom_would_refuse_never_leave(kind: str, fields: dict) -> None:
    with pytest.raises(InvalidValue):
        attachment(kind, fields)


def test_attachments_survive_their_wire_shape() -> None:
    image = attachment("image", {"media_id": "m1"})
    assert attachment_read(image.wire()) == image
    for bad in ({}, {"msgtype": "image"}, {"msgtype": "image", "image": {"media_id": "m"}, "x": 1}):
        with pytest.raises(InvalidValue):
            attachment_read(bad)


def test_content_limits_are_wecoms() -> None:
    MessageContent(text="字" * 1333).check()
    for bad in (MessageContent(), MessageContent(text="字" * 1334)):
        with pytest.raises(InvalidValue):
            bad.check()
