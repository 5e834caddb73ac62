"""Doubts, merges and splits by REST."""

from __future__ import annotations

import pytest

from members.identity.models import IdentityConflict
from members.identity.reporting import identity_report
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from scrm.tenants.models import Tenant
from tests.factories.members import START, order
from tests.support.api import ApiClient, client

A, B = Claim("business_account", "a"), Claim("business_account", "b")


def account(*claims: Claim) -> Member:
    return identity_resolve(claims=claims, source="tmall", occurred_at=START)


@pytest.fixture
def api(brand: Tenant) -> ApiClient:
    return client(brand)


def test_merge_answers_for_the_source_and_split_gives_it_back(api: ApiClient) -> None:
    old, kept = account(A), account(B)
    order(claims=(A,))
    seen = api.ask("GET", f"members/{kept.public_id}/merge?source={old.public_id}").json()
    assert [seen["source_id"], seen["target_id"]] == [old.public_id, kept.public_id]
    assert seen["blockers"] == []
    told = {"source_id": old.public_id, "reason": "同一个人"}
    done = api.ask("POST", f"members/{kept.public_id}/merge", told)
    assert done.status_code == 200, done.content
    assert done.json()["state"] == "done"
    assert api.ask("GET", f"members/{old.public_id}").json()["id"] == kept.public_id
    again = api.ask("POST", f"members/{kept.public_id}/merge", told)
    assert again.json()["id"] == done.json()["id"]
    itself = {"source_id": kept.public_id, "reason": "x"}
    refused = api.ask("POST", f"members/{kept.public_id}/merge", itself)
    assert (refused.status_code, refused.json()["code"]) == (422, "merge_self")
    back = api.ask("POST", f"merges/{done.json()['id']}/split", {"reason": "两个人"})
    assert back.json()["state"] == "reverted"
    assert api.ask("GET", f"members/{old.public_id}").json()["rollup"]["orders_count"] == 1
    listed = api.ask("GET", f"members/{old.public_id}/merges").json()["data"]
    assert [row["state"] for row in listed] == ["reverted"]


def test_a_doubt_is_decided_once(api: ApiClient) -> None:
    kept, other = account(A), account(B)
    account(A, B)
    doubt = api.ask("GET", "identity-conflicts?state=open").json()["data"][0]
    assert {doubt["kept_id"], doubt["other_id"]} == {kept.public_id, other.public_id}
    path = f"identity-conflicts/{doubt['id']}/decide"
    apart = api.ask("POST", path, {"decision": "apart", "reason": "母女"})
    assert apart.json()["state"] == "apart"
    account(A, B)
    assert IdentityConflict.objects.count() == 1, "the same message does not ask again"
    merge = {"decision": "merge", "keep": kept.public_id, "reason": "x"}
    assert api.ask("POST", path, merge).json()["code"] == "invalid_transition"


def test_a_doubt_is_answered_by_a_merge(api: ApiClient) -> None:
    kept, other = account(A), account(B)
    account(A, B)
    doubt = IdentityConflict.objects.get()
    path = f"identity-conflicts/{doubt.public_id}/decide"
    stranger = {"decision": "merge", "keep": "mem_0", "reason": "x"}
    assert api.ask("POST", path, stranger).status_code == 422
    merge = {"decision": "merge", "keep": other.public_id, "reason": "同一个人"}
    assert api.ask("POST", path, merge).json()["state"] == "merged"
    assert api.ask("POST", path, merge).json()["state"] == "merged"
    kept.refresh_from_db()
    assert kept.merged_into_id == other.pk


def test_the_report_counts_and_names_what_wants_a_look(api: ApiClient) -> None:
    assert api.ask("GET", "identity-report").json()["as_of"] is None
    account(A), account(B), account(A, B)
    identity_report(START.date())
    identity_report(START.date())
    told = api.ask("GET", "identity-report").json()
    assert told["as_of"] == "2026-01-15"
    assert told["counts"]["conflicts"] == {"open": 1}
    assert told["counts"]["identities"] == {"business_account": 2}
    assert told["counts"]["left_behind"] == 0
