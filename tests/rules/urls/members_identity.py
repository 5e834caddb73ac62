"""Addresses of identity: doubts, merges, the report."""

from __future__ import annotations

from members.identity.merging import member_merge
from members.identity.models import IdentityConflict
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from tests.factories.members import START
from tests.rules.urls.rows import Api, Page


def _account(name: str) -> str:
    found = identity_resolve(
        claims=[Claim("business_account", name)], source="tmall", occurred_at=START
    )
    return found.public_id


def objects() -> dict[str, str]:
    kept, other = _account("doubt-1"), _account("doubt-2")
    claims = [Claim("business_account", "doubt-1"), Claim("business_account", "doubt-2")]
    identity_resolve(claims=claims, source="tmall", occurred_at=START)
    old, new = _account("merged-1"), _account("merged-2")
    return {
        "doubt": IdentityConflict.objects.latest("pk").public_id,
        "merge_kept": kept,
        "merge_other": other,
        "merge": member_merge(source=old, target=new, reason="x").public_id,
    }


ROWS = [
    Api("identity-conflicts"),
    Api(
        "identity-conflict-decide",
        "POST",
        path={"public_id": "{doubt}"},
        body={"decision": "apart"},
    ),
    Api("member-merge", path={"public_id": "{merge_kept}"}, query={"source": "{merge_other}"}),
    Api(
        "member-merge",
        "POST",
        path={"public_id": "{merge_kept}"},
        body={"source_id": "{merge_other}", "reason": "x"},
    ),
    Api("member-merges", path={"public_id": "{merge_kept}"}),
    Api("merge", path={"public_id": "{merge}"}),
    Api("merge-split", "POST", path={"public_id": "{merge}"}, body={"reason": "x"}),
    Api("identity-report"),
    Page("identity-conflicts"),
    Page("identity-conflicts", query={"state": "open"}),
    Page("identity-conflict", path={"conflict_id": "{doubt}"}),
    Page("identity-conflict-apart", "POST", path={"conflict_id": "{doubt}"}, owner=302),
    Page("member-merges"),
    Page("member-merge", path={"merge_id": "{merge}"}),
    Page("member-split", path={"merge_id": "{merge}"}),
    Page(
        "member-split",
        "POST",
        path={"merge_id": "{merge}"},
        data={"reason": "x", "number": "not-it"},
        owner=422,
    ),
    Page("members-merge", path={"member_id": "{merge_kept}"}),
    Page("members-merge", path={"member_id": "{merge_kept}"}, query={"source": "{merge_other}"}),
    Page(
        "members-merge",
        "POST",
        path={"member_id": "{merge_kept}"},
        query={"source": "{merge_other}"},
        data={"reason": "x", "number": "not-it"},
        owner=422,
    ),
    Page("members-detail", path={"member_id": "{merge_kept}"}, query={"tab": "merges"}),
    Page("identity-report"),
]
