"""Keys over their life: limits, rotation with overlap, rehearsals with a test key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from members.people.models import Member
from scrm.access.keys import api_key_create
from scrm.access.models import ApiKey
from scrm.core import clock
from scrm.events.models import AuditLog, OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient, client

pytestmark = pytest.mark.db
PERSON = {"identities": [{"type": "phone", "value": "13800000001"}]}


def made(brand: Tenant, **wanted: Any) -> tuple[str, ApiClient]:
    with tenant_scope(brand):
        key = api_key_create(name="shop", scopes=["*"], **wanted)
    return key.key.public_id, ApiClient(key.secret)


def after(hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).isoformat()


def test_after_a_rotation_both_secrets_open_the_key_until_the_overlap_ends(
    brand: Tenant, api: ApiClient
) -> None:
    key_id, old = made(brand)
    told = api.ask("POST", f"keys/{key_id}/rotate", {"overlap_hours": 2}).json()
    new = ApiClient(told["secret"])
    assert told["key"]["id"] == key_id
    assert told["key"]["state"] == "rotating"
    assert [who.ask("GET", "tenant").status_code for who in (old, new)] == [200, 200]
    shown = api.ask("GET", f"keys/{key_id}").json()
    assert shown["previous"]["last_used_at"]
    assert shown["last_used_at"]
    later = after(2.1)
    assert old.ask("GET", "tenant", now=later).status_code == 401
    assert new.ask("GET", "tenant", now=later).status_code == 200
    assert api.ask("GET", f"keys/{key_id}", now=later).json()["previous"] is None
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="key.rotated")
    assert told["secret"] not in str(row.before) + str(row.after)


def test_a_rotation_without_overlap_shuts_the_old_secret_at_once(
    brand: Tenant, api: ApiClient
) -> None:
    key_id, old = made(brand)
    assert old.ask("GET", "tenant").status_code == 200
    api.ask("POST", f"keys/{key_id}/rotate", {"overlap_hours": 0})
    assert old.ask("GET", "tenant").status_code == 401


def test_a_key_draws_no_secret_of_a_key_that_may_do_more(brand: Tenant, api: ApiClient) -> None:
    key_id, everything = made(brand)
    with tenant_scope(brand):
        lesser = api_key_create(name="keeper", scopes=["keys.edit", "keys.view"])
    keeper = ApiClient(lesser.secret)
    refused = keeper.ask("POST", f"keys/{key_id}/rotate", {"overlap_hours": 0})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held")
    assert everything.ask("GET", "tenant").status_code == 200, "its secret is untouched"
    own = keeper.ask("POST", f"keys/{lesser.key.public_id}/rotate", {})
    assert own.json()["secret"], "the control: one's own, and anybody's who may do no more"


def test_a_second_rotation_ends_the_first_secret(brand: Tenant, api: ApiClient) -> None:
    key_id, first = made(brand)
    second = ApiClient(api.ask("POST", f"keys/{key_id}/rotate", {}).json()["secret"])
    third = ApiClient(api.ask("POST", f"keys/{key_id}/rotate", {}).json()["secret"])
    assert [who.ask("GET", "tenant").status_code for who in (first, second, third)] == [
        401, 200, 200,
    ]  # fmt: skip


def test_a_retry_is_recognised_across_a_rotation(brand: Tenant, api: ApiClient) -> None:
    key_id, old = made(brand)
    first = old.ask("POST", "members", PERSON, key="m-1")
    new = ApiClient(api.ask("POST", f"keys/{key_id}/rotate", {}).json()["secret"])
    again = new.ask("POST", "members", PERSON, key="m-1")
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()


def test_closing_a_key_closes_both_secrets(brand: Tenant, api: ApiClient) -> None:
    key_id, old = made(brand)
    new = ApiClient(api.ask("POST", f"keys/{key_id}/rotate", {}).json()["secret"])
    assert api.ask("DELETE", f"keys/{key_id}").status_code == 204
    assert [who.ask("GET", "tenant").status_code for who in (old, new)] == [401, 401]
    told = api.ask("POST", f"keys/{key_id}/rotate", {})
    assert (told.status_code, told.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "2", None])
def test_an_overlap_is_up_to_a_week(brand: Tenant, api: ApiClient, hours: Any) -> None:
    key_id, _old = made(brand)
    assert api.ask("POST", f"keys/{key_id}/rotate", {"overlap_hours": hours}).status_code == 422


def test_a_key_is_changed_in_part_and_gives_away_nothing_it_does_not_hold(brand: Tenant) -> None:
    with tenant_scope(brand):
        key_id = api_key_create(name="a", scopes=["jobs.view", "jobs.run"]).key.public_id
    maker = client(brand, ["keys.edit", "jobs.view"])
    told = maker.ask("PATCH", f"keys/{key_id}", {"scopes": ["jobs.view"], "name": "b"})
    assert (told.status_code, told.json()["scopes"], told.json()["name"]) == (
        200, ["jobs.view"], "b",
    )  # fmt: skip
    refused = maker.ask("PATCH", f"keys/{key_id}", {"scopes": ["jobs.view", "jobs.run"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held")
    past = maker.ask("PATCH", f"keys/{key_id}", {"expires_at": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["code"]) == (422, "invalid_value")
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="key.changed")
        assert row.after == {"name": "b", "scopes": ["jobs.view"]}


def test_a_key_has_its_own_limit_and_every_answer_says_what_is_left(
    brand: Tenant, api: ApiClient, settings: Any
) -> None:
    settings.API_CALLS_PER_MINUTE = 1000
    key_id, slow = made(brand, calls_per_minute=2)
    for _try in range(2):  # a new minute may begin in between
        told = [slow.ask("GET", "tenant") for _ in range(4)]
        if [response.status_code for response in told] == [200, 200, 429, 429]:
            break
    assert [response.status_code for response in told] == [200, 200, 429, 429]
    assert [response["RateLimit-Remaining"] for response in told] == ["1", "0", "0", "0"]
    assert {response["RateLimit-Limit"] for response in told} == {"2"}
    assert told[3]["Retry-After"] == told[3]["RateLimit-Reset"]
    assert api.ask("GET", "tenant")["RateLimit-Limit"] == "1000"
    raised = api.ask("PATCH", f"keys/{key_id}", {"calls_per_minute": None}).json()
    assert raised["calls_per_minute"] == 1000
    assert slow.ask("GET", "tenant").status_code == 200


def test_a_test_key_checks_answers_and_leaves_nothing(brand: Tenant, api: ApiClient) -> None:
    _key_id, rehearsal = made(brand, mode="test")
    assert rehearsal.secret is not None
    assert rehearsal.secret.startswith("sk_test_")
    told = rehearsal.ask("POST", "members", PERSON, key="m-1")
    assert (told.status_code, told["Scrm-Test-Mode"]) == (201, "true")
    assert rehearsal.ask("POST", "members", {"identities": []}).status_code == 422
    with tenant_scope(brand):
        assert not Member.objects.exists()
        assert not OutboxEvent.objects.filter(type="member.created").exists()
    assert rehearsal.ask("GET", f"members/{told.json()['id']}").status_code == 404
    assert "Scrm-Test-Mode" not in rehearsal.ask("GET", "members")
    live = api.ask("POST", "members", PERSON)
    assert (live.status_code, "Scrm-Test-Mode" in live) == (201, False)
    with tenant_scope(brand):
        assert Member.objects.count() == 1


def test_a_test_key_may_not_reach_outside(brand: Tenant) -> None:
    _key_id, rehearsal = made(brand, mode="test")
    told = rehearsal.ask("POST", "jobs/ledger_audit/run", {"as_of": "2026-05-01"})
    assert (told.status_code, told.json()["code"]) == (403, "test_key_refused")


def test_secrets_of_rotated_keys_are_stored_as_hashes_only(brand: Tenant, api: ApiClient) -> None:
    key_id, old = made(brand)
    new = api.ask("POST", f"keys/{key_id}/rotate", {}).json()["secret"]
    with tenant_scope(brand):
        row = str(ApiKey.objects.get(public_id=key_id).__dict__)
    assert old.secret is not None
    assert old.secret[-32:] not in row
    assert new[-32:] not in row
