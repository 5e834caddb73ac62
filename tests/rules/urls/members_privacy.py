"""Addresses of privacy: consents, requests, an export, an erase."""

from __future__ import annotations

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.privacy.services import export_ask
from tests.factories.members import START
from tests.rules.urls.rows import Api, Page


def _account(name: str) -> Member:
    return identity_resolve(
        claims=[Claim("business_account", name)], source="tmall", occurred_at=START
    )


def objects() -> dict[str, str]:
    asked, going, gone = (_account(f"private-{n}") for n in range(3))
    return {
        "private": asked.public_id,
        "private_request": export_ask(member=asked.public_id, reason="x").public_id,
        "going": going.public_id,
        "going_no": going.member_no,
        "gone": gone.public_id,
        "gone_no": gone.member_no,
    }


_MEMBER = {"member_id": "{private}"}
_SAID = {"purpose": "marketing", "answer": "no", "source": "operator"}
ROWS = [
    Api("member-consents", path={"public_id": "{private}"}),
    Api(
        "member-consents",
        "POST",
        path={"public_id": "{private}"},
        body={"purpose": "marketing", "is_given": True},
    ),
    Api("member-erase-preview", path={"public_id": "{private}"}),
    Api("privacy-requests"),
    Api("privacy-requests", query={"kind": "erase", "state": "running"}),
    Api(
        "privacy-requests",
        "POST",
        body={"member_id": "{private}", "kind": "export", "reason": "x"},
        owner=201,
    ),
    Api(
        "privacy-requests",
        "POST",
        body={"member_id": "{gone}", "kind": "erase", "reason": "x", "member_no": "{gone_no}"},
        owner=201,
        needs="members.erase",
    ),
    Api("privacy-request", path={"public_id": "{private_request}"}),
    Page("privacy-requests"),
    Page("privacy-requests", query={"kind": "export", "state": "running"}),
    Page("privacy-consents"),
    Page("privacy-consents", query={"purpose": "marketing", "given": "no"}),
    Page("privacy-request", path={"request_id": "{private_request}"}),
    Page("members-consent", path=_MEMBER),
    Page("members-consent", "POST", path=_MEMBER, data=_SAID, owner=302),
    Page("members-export-person", path=_MEMBER),
    Page("members-export-person", "POST", path=_MEMBER, data={"reason": "x"}, owner=302),
    Page("members-erase", path={"member_id": "{going}"}),
    Page(
        "members-erase",
        "POST",
        path={"member_id": "{going}"},
        data={"reason": "x", "number": "{going_no}"},
        owner=302,
    ),
]
