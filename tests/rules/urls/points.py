"""Addresses of points."""

from __future__ import annotations

from members.identity.rules import Claim
from members.people.doors import member_identify
from members.people.rules import Profile
from tests.rules.urls.rows import Api


def objects() -> dict[str, str]:
    claim = Claim(type="phone", value="13800009901")
    found = member_identify(claims=(claim,), source="walls", profile=Profile())
    return {"points_member": found.card.public_id}


ROWS = [
    Api("member_points", path={"public_id": "{points_member}"}),
    Api("points_accounts"),
    Api("points_transactions"),
    Api("points_transactions", query={"member": "{points_member}"}),
    Api(
        "points_transactions",
        "POST",
        body={"member_id": "{points_member}", "points": 5, "reason": "walls", "reference": "w-1"},
    ),
]
