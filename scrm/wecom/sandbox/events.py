"""The XML of events, strings in CDATA as the real ones come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """An event before it has a receiver and a time: its type and its own fields in order."""

    event: str
    change_type: str
    fields: tuple[tuple[str, str], ...]

    def xml(self, *, corp_id: str, at: int) -> str:
        head = (
            f"{_tag('ToUserName', corp_id)}{_tag('FromUserName', 'sys')}"
            f"<CreateTime>{at}</CreateTime>{_tag('MsgType', 'event')}"
        )
        own = "".join(_tag(name, value) for name, value in self.fields)
        return f"<xml>{head}{_tag('Event', self.event)}{_tag('ChangeType', self.change_type)}{own}</xml>"


def external_contact(
    change: str, *, userid: str, external_userid: str, state: str = "", welcome_code: str = ""
) -> Event:
    """change_external_contact; State and WelcomeCode are absent, not empty, when there is none."""
    fields = [("UserID", userid), ("ExternalUserID", external_userid)]
    if state:
        fields.append(("State", state))
    if welcome_code:
        fields.append(("WelcomeCode", welcome_code))
    return Event("change_external_contact", change, tuple(fields))


def external_tag(change: str, *, item_id: str, tag_type: str) -> Event:
    return Event("change_external_tag", change, (("Id", item_id), ("TagType", tag_type)))


def _tag(name: str, value: str) -> str:
    safe = value.replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
