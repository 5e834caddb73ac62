"""Addresses of freezing."""

from __future__ import annotations

from members.freezing.services import member_freeze
from members.identity.rules import Claim
from members.people.doors import member_identify
from members.people.rules import Profile
from tests.rules.urls.rows import Api, Page

_WHY = {"reason": "异常刷单"}


def objects() -> dict[str, str]:
    found = {}
    for key, phone in (("active_member", "13800009951"), ("frozen_member", "13800009952")):
        claim = Claim(type="phone", value=phone)
        card = member_identify(claims=(claim,), source="walls", profile=Profile()).card
        found[key] = card.public_id
    member_freeze(public_id=found["frozen_member"], reason="walls")
    return found


ROWS = [
    Api("member-freeze", "POST", path={"public_id": "{active_member}"}, body=_WHY),
    Api("member-thaw", "POST", path={"public_id": "{frozen_member}"}, body=_WHY),
    Page("members-freeze", path={"member_id": "{active_member}"}),
    Page("members-freeze", "POST", path={"member_id": "{active_member}"}, data=_WHY, owner=302),
]
