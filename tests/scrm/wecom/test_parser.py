"""Official shapes of events, CDATA or not, and what is no event."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrm.wecom.callbacks.parser import (
    CallbackUnreadable,
    ChatFact,
    ContactFact,
    MemberFact,
    OtherFact,
    PartyFact,
    TagFact,
    callback_read,
    fact_kind,
)

HEAD = (
    "<ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
    "<CreateTime>1760000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
)
AT = datetime.fromtimestamp(1_760_000_000, UTC)


def xml(body: str) -> str:
    return f"<xml>{HEAD}{body}</xml>"


@pytest.mark.parametrize("cdata", [False, True])
def test_a_new_friend_is_read_whole(cdata: bool) -> None:
    fields = {
        "Event": "change_external_contact",
        "ChangeType": "add_external_contact",
        "UserID": "li.na",
        "ExternalUserID": "wm1",
        "State": "ch_42",
        "WelcomeCode": "WC_1",
    }
    body = "".join(
        f"<{name}><![CDATA[{value}]]></{name}>" if cdata else f"<{name}>{value}</{name}>"
        for name, value in fields.items()
    )
    assert callback_read(xml(body)) == ContactFact(
        change="add_external_contact",
        at=AT,
        userid="li.na",
        external_userid="wm1",
        state="ch_42",
        welcome_code="WC_1",
    )


def test_deletions_say_why() -> None:
    fact = callback_read(
        xml(
            "<Event>change_external_contact</Event><ChangeType>del_external_contact</ChangeType>"
            "<UserID>li.na</UserID><ExternalUserID>wm1</ExternalUserID><Source>DELETE_BY_TRANSFER</Source>"
        )
    )
    assert isinstance(fact, ContactFact)
    assert fact.source == "DELETE_BY_TRANSFER"


@pytest.mark.parametrize("items", [("wm1",), ("wm1", "wm2"), ()])
def test_one_member_or_many_are_a_list(items: tuple[str, ...]) -> None:
    listed = "".join(f"<Item>{item}</Item>" for item in items)
    fact = callback_read(
        xml(
            "<Event>change_external_chat</Event><ChatId>wr1</ChatId><ChangeType>update</ChangeType>"
            f"<UpdateDetail>add_member</UpdateDetail><MemChangeList>{listed}</MemChangeList><CurMemVer>7a</CurMemVer>"
        )
    )
    assert fact == ChatFact(
        change="update", at=AT, chat_id="wr1", detail="add_member", members=items, version="7a"
    )


@pytest.mark.parametrize(
    "body, fact",
    [
        (
            "<Event>change_external_tag</Event><Id>et1</Id><TagType>tag</TagType><ChangeType>create</ChangeType>",
            TagFact(change="create", at=AT, id="et1", is_group=False),
        ),
        (
            "<Event>change_external_tag</Event><Id>eg1</Id><TagType>tag_group</TagType><ChangeType>delete</ChangeType>",
            TagFact(change="delete", at=AT, id="eg1", is_group=True),
        ),
        (
            "<Event>change_external_tag</Event><Id></Id><ChangeType>shuffle</ChangeType>",
            TagFact(change="shuffle", at=AT, id="", is_group=True),
        ),
        (
            "<Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>a</UserID><NewUserID>b</NewUserID>",
            MemberFact(change="update_user", at=AT, userid="a", new_userid="b"),
        ),
        (
            "<Event>change_contact</Event><ChangeType>update_party</ChangeType><Id>2</Id><Name>东区</Name>",
            PartyFact(change="update_party", at=AT),
        ),
        (
            "<Event>customer_acquisition</Event><ChangeType>balance_low</ChangeType>",
            OtherFact(event="customer_acquisition", change="balance_low", at=AT),
        ),
    ],
)
def test_each_kind_is_typed(body: str, fact: object) -> None:
    assert callback_read(xml(body)) == fact


def test_suite_callbacks_have_no_message_type() -> None:
    fact = callback_read(
        "<xml><SuiteId>ww</SuiteId><InfoType>suite_ticket</InfoType><TimeStamp>1760000000</TimeStamp></xml>"
    )
    assert fact_kind(fact) == ("suite_ticket", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "<xml>",
        "<a/>",
        "<xml/>",
        "plain",
        "<xml><CreateTime>x</CreateTime></xml>",
        "<xml><CreateTime>99999999999999999999</CreateTime></xml>",
        "<xml><CreateTime>１</CreateTime></xml>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><CreateTime>1</CreateTime></xml>',
        xml("<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType>"),
    ],
)
def test_what_is_no_event_is_said_so(text: str) -> None:
    with pytest.raises(CallbackUnreadable):
        callback_read(text)


@given(text=st.one_of(st.text(max_size=300), st.text(max_size=200).map(xml)))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CallbackUnreadable):
        fact_kind(callback_read(text))


def test_deep_nesting_costs_little() -> None:
    fact = callback_read(xml("<Event>x</Event>" + "<a>" * 8000 + "</a>" * 8000))
    assert isinstance(fact, OtherFact)
