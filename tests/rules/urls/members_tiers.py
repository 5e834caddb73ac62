"""Addresses of tiers."""

from __future__ import annotations

from datetime import timedelta

from members.identity.rules import Claim
from members.people.doors import member_identify
from members.people.rules import Profile
from members.tiers.ladder import ladder_put
from members.tiers.rules import Rung
from members.tiers.services import members_enter, tier_lock
from scrm.core import clock
from tests.rules.urls.rows import Api, Page

_LATER = "2999-01-01T00:00:00+08:00"
_TIERS = [
    {"code": "base", "name": "普通", "threshold": 0},
    {"code": "silver", "name": "银卡", "threshold": 100, "multiplier_bp": 11000},
]
_LADDER = {"tiers": _TIERS}


def objects() -> dict[str, str]:
    ladder_put(
        [
            Rung(rank=0, code="base", name="普通", threshold=0),
            Rung(rank=1, code="silver", name="银卡", threshold=1000),
        ]
    )
    found = {}
    for key, phone in (("tier_member", "13800009911"), ("locked_member", "13800009912")):
        claim = Claim(type="phone", value=phone)
        card = member_identify(claims=(claim,), source="walls", profile=Profile()).card
        found[key] = card.public_id
    members_enter()
    until = clock.now() + timedelta(days=30)
    tier_lock(member=found["locked_member"], code="silver", until=until, reason="of A")
    return found


_MEMBER = {"public_id": "{tier_member}"}
_LOCKED = {"public_id": "{locked_member}"}
_LOCK = {"tier": "silver", "until": _LATER, "reason": "VIP"}

ROWS = [
    Api("tiers"),
    Api("tiers", "PUT", body=_LADDER),
    Api("tiers-preview", "POST", body=_LADDER),
    Api("member-tier", path=_MEMBER),
    Api("member-tier-lock", "POST", path=_MEMBER, body=_LOCK, owner=201),
    Api("member-tier-lock", "DELETE", path=_LOCKED, owner=204),
    Page("tiers"),
    Page("tiers-edit"),
    Page("tiers-edit", "POST", data={"name_0": "普通", "threshold_0": "0"}),
    Page("members-tier-lock", path={"member_id": "{tier_member}"}),
    Page(
        "members-tier-lock",
        "POST",
        path={"member_id": "{tier_member}"},
        data={"tier": "silver", "until": "2999-01-01", "reason": "VIP"},
        owner=302,
    ),
    Page("members-tier-unlock", "POST", path={"member_id": "{locked_member}"}, owner=302),
]
