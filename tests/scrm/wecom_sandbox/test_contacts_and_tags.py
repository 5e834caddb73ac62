from __future__ import annotations

import threading

from scrm.wecom.sandbox.control_types import CorpSeed, CustomerSeed, RelationSeed
from tests.scrm.wecom_sandbox.world import CORP, NOW, Api


def _tag_ids(api) -> dict[str, str]:
    groups = api.post("externalcontact/get_corp_tag_list")["tag_group"]
    return {t["name"]: t["id"] for g in groups for t in g["tag"]}


def test_contacts_are_listed_and_shown_per_relation(api) -> None:
    assert api.get("externalcontact/get_follow_user_list")["follow_user"] == [
        "li.na",
        "wang.wei",
        "asleep",
    ]
    listed = api.get("externalcontact/list", userid="li.na")["external_userid"]
    assert listed == ["wmSBX0000", "wmSBX0002", "wmSBX0004"]
    shown = api.get("externalcontact/get", external_userid="wmSBX0000")
    assert shown["external_contact"]["unionid"] == "oU0"
    [follow] = shown["follow_user"]
    assert follow["remark_mobiles"] == ["13800000000"]
    assert follow["tags"][0] | {"tag_id": ""} == {
        "group_name": "会员等级",
        "tag_name": "金卡",
        "tag_id": "",
        "type": 1,
    }
    assert "next_cursor" not in shown


def test_unknown_customers_and_members_have_their_codes(api) -> None:
    assert api.get("externalcontact/get", external_userid="nobody")["errcode"] == 40096
    assert api.get("externalcontact/list", userid="nobody")["errcode"] == 60111
    assert api.get("externalcontact/list")["errcode"] == 41009


def test_batch_get_pages_over_all_relations_once(api, sandbox) -> None:
    sandbox.seed(
        CorpSeed(
            CORP,
            customers=tuple(CustomerSeed(f"wmMany{i:04d}", f"多{i}") for i in range(230)),
            relations=tuple(RelationSeed("li.na", f"wmMany{i:04d}") for i in range(230)),
        )
    )
    seen, cursor, pages = [], "", 0
    while True:
        body = {"userid_list": ["li.na", "wang.wei"], "limit": 999, "cursor": cursor}
        answer = api.post("externalcontact/batch/get_by_user", body)
        rows = answer["external_contact_list"]
        assert len(rows) <= 100
        seen += [
            (r["follow_info"]["userid"], r["external_contact"]["external_userid"]) for r in rows
        ]
        cursor, pages = answer["next_cursor"], pages + 1
        if not cursor:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 235
    stolen = api.post("externalcontact/batch/get_by_user", {"userid_list": ["li.na"], "limit": 1})
    wrong = {"userid_list": ["wang.wei"], "cursor": stolen["next_cursor"]}
    assert api.post("externalcontact/batch/get_by_user", wrong)["errcode"] == 50100
    assert (
        api.post("externalcontact/batch/get_by_user", {"userid_list": ["x"] * 101})["errcode"]
        == 81017
    )


def test_a_customer_who_deleted_the_member_stays_readable_one_way(api, sandbox) -> None:
    sandbox.customer_delete(CORP, external_userid="wmSBX0000", userid="li.na")
    assert api.get("externalcontact/get", external_userid="wmSBX0000")["errcode"] == 0
    sandbox.staff_delete(CORP, external_userid="wmSBX0002", userid="li.na")
    assert api.get("externalcontact/get", external_userid="wmSBX0002")["errcode"] == 84061
    body = {"userid": "li.na", "external_userid": "wmSBX0002", "remark": "x"}
    assert api.post("externalcontact/remark", body)["errcode"] == 84061


def test_remark_changes_only_what_is_named(api) -> None:
    body = {"userid": "li.na", "external_userid": "wmSBX0000", "remark": "VIP 张姐"}
    assert api.post("externalcontact/remark", body)["errcode"] == 0
    [follow] = api.get("externalcontact/get", external_userid="wmSBX0000")["follow_user"]
    assert (follow["remark"], follow["remark_mobiles"]) == ("VIP 张姐", ["13800000000"])


def test_tags_are_added_by_group_name_once_and_never_twice_in_a_group(api) -> None:
    body = {"group_name": "偏好", "tag": [{"name": "茶"}, {"name": "咖啡"}, {"name": "茶"}]}
    group = api.post("externalcontact/add_corp_tag", body)["tag_group"]
    assert sorted(t["name"] for t in group["tag"]) == ["咖啡", "茶"]
    again = api.post(
        "externalcontact/add_corp_tag", {"group_name": "偏好", "tag": [{"name": "茶"}]}
    )
    assert again["tag_group"]["group_id"] == group["group_id"]
    ids = {t["name"]: t["id"] for t in group["tag"]}
    assert again["tag_group"]["tag"][0]["id"] == ids["茶"]
    clash = {"id": ids["咖啡"], "name": "茶"}
    assert api.post("externalcontact/edit_corp_tag", clash)["errcode"] == 40071
    assert api.post("externalcontact/add_corp_tag", {"group_name": "空"})["errcode"] == 41018
    long = {"group_name": "偏好", "tag": [{"name": "长" * 31}]}
    assert api.post("externalcontact/add_corp_tag", long)["errcode"] == 40072


def test_only_the_maker_may_change_a_tag_and_an_empty_group_goes(api) -> None:
    gold = _tag_ids(api)["金卡"]
    assert (
        api.post("externalcontact/edit_corp_tag", {"id": gold, "name": "黑卡"})["errcode"] == 60011
    )
    made = api.post("externalcontact/add_corp_tag", {"group_name": "偏好", "tag": [{"name": "茶"}]})
    group = made["tag_group"]
    tag_id = group["tag"][0]["id"]
    api.post(
        "externalcontact/mark_tag",
        {"userid": "li.na", "external_userid": "wmSBX0004", "add_tag": [tag_id]},
    )
    assert api.post("externalcontact/del_corp_tag", {"tag_id": [tag_id]})["errcode"] == 0
    names = [g["group_name"] for g in api.post("externalcontact/get_corp_tag_list")["tag_group"]]
    assert "偏好" not in names
    asked = api.post("externalcontact/get_corp_tag_list", {"group_id": [group["group_id"]]})
    assert asked["tag_group"][0]["deleted"] is True
    assert (
        api.get("externalcontact/get", external_userid="wmSBX0004")["follow_user"][0]["tags"] == []
    )


def test_mark_tag_adds_and_removes_and_makes_no_callback(api, sandbox, listening) -> None:
    ids = _tag_ids(api)
    body = {"userid": "li.na", "external_userid": "wmSBX0000"}
    change = body | {"add_tag": [ids["银卡"]], "remove_tag": [ids["金卡"]]}
    assert api.post("externalcontact/mark_tag", change)["errcode"] == 0
    [row] = api.post("externalcontact/batch/get_by_user", {"userid_list": ["li.na"]})[
        "external_contact_list"
    ][:1]
    assert row["follow_info"]["tag_id"] == [ids["银卡"]]
    assert api.post("externalcontact/mark_tag", body | {"add_tag": ["nope"]})["errcode"] == 40068
    assert api.post("externalcontact/mark_tag", body)["errcode"] == 41017
    assert sandbox.deliveries() == []


def test_overlapping_mark_tag_of_one_customer_conflicts_when_switched_on(api, sandbox) -> None:
    sandbox.switch(tag_conflicts=True)
    tag = _tag_ids(api)["银卡"]
    body = {"userid": "li.na", "external_userid": "wmSBX0000", "add_tag": [tag]}
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: codes.append(api.post("externalcontact/mark_tag", body)["errcode"])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {0, 45035}


def test_the_narrow_app_sees_only_its_members_customers(sandbox) -> None:
    narrow = Api(sandbox.base_url).sign_in("narrow")
    assert narrow.get("externalcontact/get_follow_user_list")["follow_user"] == ["li.na"]
    assert narrow.get("externalcontact/list", userid="wang.wei")["errcode"] == 60011
    assert narrow.get("externalcontact/get", external_userid="wmSBX0001")["errcode"] == 40096


def test_seeded_times_are_kept(api) -> None:
    shown = api.get("externalcontact/get", external_userid="wmSBX0003")
    assert shown["follow_user"][0]["createtime"] == NOW - 86400 + 3
