from __future__ import annotations

from tests.scrm.wecom_sandbox.world import AGENT, CORP, SECRET, Api


def test_the_living_token_is_given_again_until_it_expires(api, sandbox) -> None:
    first = api.token
    assert api.sign_in().token == first
    sandbox.clock_advance(7200)
    assert api.get("user/get", userid="li.na")["errcode"] == 42001
    assert Api(sandbox.base_url).sign_in().token != first


def test_a_switch_gives_a_new_token_each_time(api, sandbox) -> None:
    sandbox.switch(same_token=False)
    assert Api(sandbox.base_url).sign_in().token != api.token


def test_expire_and_revoke_say_different_codes(api, sandbox) -> None:
    sandbox.tokens_expire(CORP)
    assert api.get("user/get", userid="li.na")["errcode"] == 42001
    api.sign_in()
    sandbox.tokens_expire(CORP, revoke=True)
    assert api.get("user/get", userid="li.na")["errcode"] == 40014


def test_token_life_is_per_corp(sandbox) -> None:
    sandbox.corp_update(CORP, token_ttl=90)
    api = Api(sandbox.base_url)
    assert api.get("gettoken", corpid=CORP, corpsecret=SECRET)["expires_in"] == 90


def test_missing_and_made_up_tokens_are_refused(sandbox) -> None:
    api = Api(sandbox.base_url)
    assert api.get("user/get", userid="li.na")["errcode"] == 41001
    api.token = "made-up"
    refusal = api.get("user/get", userid="li.na")
    assert refusal["errcode"] == 40014
    assert "hint: [" in refusal["errmsg"]
    assert refusal["errmsg"].endswith("e=40014")


def test_gettoken_names_what_is_wrong_and_bans_guessing(sandbox) -> None:
    api = Api(sandbox.base_url)
    assert api.get("gettoken", corpid="nobody", corpsecret="x")["errcode"] == 40013
    assert api.get("gettoken", corpid=CORP)["errcode"] == 41004
    codes = [api.get("gettoken", corpid=CORP, corpsecret=f"x{n}")["errcode"] for n in range(11)]
    assert codes == [40001] * 10 + [45009]
    assert api.get("gettoken", corpid=CORP, corpsecret=SECRET)["errcode"] == 45009
    sandbox.clock_advance(3601)
    assert api.get("gettoken", corpid=CORP, corpsecret=SECRET)["errcode"] == 0


def test_unknown_paths_are_404_and_wrong_methods_refused(api) -> None:
    assert api.raw("GET", "externalcontact/nothing")[0] == 404
    assert api.get("externalcontact/mark_tag")["errcode"] == 40058
    assert api.post("user/get")["errcode"] == 40063


def test_answers_carry_the_error_headers(api) -> None:
    status, headers, _ = api.raw("GET", "user/get", {"userid": "nobody"})
    assert (status, headers["error-code"]) == (200, "60111")
    assert headers["Content-Type"] == "application/json; charset=UTF-8"


def test_json_is_read_whatever_content_type_says_and_wrong_types_are_named(api) -> None:
    status, _, body = api.raw(
        "POST", "user/list_id", {}, b'{"limit": "many"}', {"Content-Type": "text/plain"}
    )
    assert status == 200
    assert b"40058" in body
    assert b"Warning: wrong json format." in body
    assert b"wrong json format" in api.raw("POST", "user/list_id", {}, b"{nope")[2]


def test_members_are_listed_within_the_visible_scope(api, sandbox) -> None:
    assert api.get("user/get", userid="li.na")["name"] == "李娜"
    assert {u["userid"] for u in api.get("user/simplelist", department_id=1)["userlist"]} == {
        "li.na",
        "wang.wei",
        "asleep",
    }
    told = api.get("department/list")["department"]
    assert [(d["id"], d["name"], d["parentid"]) for d in told] == [
        (1, "总部", 0),
        (2, "门店", 1),
        (3, "一店", 2),
    ]
    assert [d["id"] for d in api.get("department/list", id=2)["department"]] == [2, 3]
    assert api.get("agent/get", agentid=AGENT)["agentid"] == AGENT
    assert api.get("agent/get", agentid=1)["errcode"] == 40056
    narrow = Api(sandbox.base_url).sign_in("narrow")
    assert narrow.get("user/get", userid="wang.wei")["errcode"] == 60011
    assert [u["userid"] for u in narrow.get("user/simplelist", department_id=1)["userlist"]] == [
        "li.na"
    ]


def test_list_id_pages_with_opaque_cursors(api) -> None:
    first = api.post("user/list_id", {"limit": 2})
    second = api.post("user/list_id", {"limit": 2, "cursor": first["next_cursor"]})
    assert len(first["dept_user"]) == 2
    assert len(second["dept_user"]) == 1
    assert second["next_cursor"] == ""
    assert api.post("user/list_id", {"cursor": "bogus"})["errcode"] == 50100


def test_an_app_without_the_contact_right_is_refused(sandbox) -> None:
    api = Api(sandbox.base_url).sign_in("no-right")
    assert api.get("externalcontact/get_follow_user_list")["errcode"] == 48002
    assert api.get("user/get", userid="li.na")["errcode"] == 0
