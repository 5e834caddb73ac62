"""Read the decrypted XML into typed facts. Lenient in form (CDATA or not, one item or many), strict in kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET


class CallbackUnreadable(Exception):
    """The XML is not a WeCom event."""


@dataclass(frozen=True, kw_only=True)
class ContactFact:
    """change_external_contact: something happened between a member and a customer."""

    change: str
    at: datetime
    userid: str
    external_userid: str
    state: str = ""
    welcome_code: str = ""
    source: str = ""
    fail_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TagFact:
    """change_external_tag: a corp tag or group was made, changed, deleted or moved."""

    change: str
    at: datetime
    id: str
    is_group: bool


@dataclass(frozen=True, kw_only=True)
class MemberFact:
    """change_contact: a member came, changed (perhaps the id too) or left."""

    change: str
    at: datetime
    userid: str
    new_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class PartyFact:
    """change_contact: a department came, changed or went; which fields come along differs, so none is read."""

    change: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ChatFact:
    """change_external_chat: a customer group changed."""

    change: str
    at: datetime
    chat_id: str
    detail: str = ""
    members: tuple[str, ...] = ()
    last_version: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class OtherFact:
    """Anything else: stored, not acted on."""

    event: str
    change: str
    at: datetime


Fact = ContactFact | TagFact | MemberFact | PartyFact | ChatFact | OtherFact
_LATEST = 4_102_444_800  # the year 2100; more is no time
_DIGITS = 12


def fact_kind(fact: Fact) -> tuple[str, str]:
    """WeCom's names of the event and of the change."""
    names = {
        ContactFact: "change_external_contact",
        TagFact: "change_external_tag",
        MemberFact: "change_contact",
        PartyFact: "change_contact",
        ChatFact: "change_external_chat",
    }
    return (fact.event if isinstance(fact, OtherFact) else names[type(fact)]), fact.change


def callback_read(xml: str) -> Fact:
    """The fact in a callback; CallbackUnreadable if there is none."""
    root = _root(xml)
    texts = {child.tag: (child.text or "").strip() for child in root}
    at = _moment(texts.get("CreateTime", "") or texts.get("TimeStamp", ""))
    event = texts.get("Event", "") or texts.get("InfoType", "") or texts.get("MsgType", "")
    change = texts.get("ChangeType", "")
    if event == "change_external_contact":
        return ContactFact(
            change=change,
            at=at,
            userid=_needed(texts, "UserID"),
            external_userid=_needed(texts, "ExternalUserID"),
            state=texts.get("State", ""),
            welcome_code=texts.get("WelcomeCode", ""),
            source=texts.get("Source", ""),
            fail_reason=texts.get("FailReason", ""),
        )
    if event == "change_external_tag":
        is_group = texts.get("TagType", "") == "tag_group" or change == "shuffle"
        return TagFact(change=change, at=at, id=texts.get("Id", ""), is_group=is_group)
    if event == "change_contact" and change.endswith("_user"):
        new_userid = texts.get("NewUserID", "")
        return MemberFact(
            change=change, at=at, userid=_needed(texts, "UserID"), new_userid=new_userid
        )
    if event == "change_contact" and change.endswith("_party"):
        return PartyFact(change=change, at=at)
    if event == "change_external_chat":
        return _chat(root, texts, at)
    return OtherFact(event=event[:60], change=change[:60], at=at)


def _chat(root: ET.Element, texts: dict[str, str], at: datetime) -> ChatFact:
    return ChatFact(
        change=texts.get("ChangeType", ""),
        at=at,
        chat_id=_needed(texts, "ChatId"),
        detail=texts.get("UpdateDetail", ""),
        members=tuple((item.text or "").strip() for item in root.iterfind("MemChangeList/Item")),
        last_version=texts.get("LastMemVer", ""),
        version=texts.get("CurMemVer", ""),
    )


def _root(xml: str) -> ET.Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise CallbackUnreadable("doctype")
    try:
        root = ET.fromstring(xml)  # noqa: S314 - no DOCTYPE, 64 KB at most
    except (ET.ParseError, ValueError):
        raise CallbackUnreadable("not XML") from None
    if root.tag != "xml":
        raise CallbackUnreadable("no <xml> element")
    return root


def _moment(text: str) -> datetime:
    # By length first: Python refuses to read numbers of thousands of digits.
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or int(text) > _LATEST:
        raise CallbackUnreadable("no time")
    return datetime.fromtimestamp(int(text), UTC)


def _needed(texts: dict[str, str], name: str) -> str:
    value = texts.get(name, "")
    if not value:
        raise CallbackUnreadable(f"no {name}")
    return value
