"""One effect and one answer per Idempotency-Key."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from scrm.access.models import ApiKey
from scrm.api.idempotency import KEPT, LEASE, records_tidy
from scrm.api.models import IdempotencyRecord
from scrm.core import clock
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient, client
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
BODY = {"name": "made once", "scopes": ["jobs.view"]}


def made(brand: Tenant) -> int:
    with tenant_scope(brand):
        return ApiKey.objects.filter(name="made once").count()


def test_the_same_call_twice_has_one_effect_and_one_answer(brand: Tenant, api: ApiClient) -> None:
    first, again = (api.ask("POST", "keys", BODY, key="k-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert made(brand) == 1


@pytest.mark.parametrize("change", ["body", "path"])
def test_a_key_belongs_to_its_call(brand: Tenant, api: ApiClient, change: str) -> None:
    api.ask("POST", "keys", BODY, key="k-1")
    other = (
        api.ask("POST", "keys", {**BODY, "name": "other"}, key="k-1")
        if change == "body"
        else api.ask("POST", "jobs/ledger_audit/run", BODY, key="k-1")
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert made(brand) == 1


def test_refusals_are_not_remembered(brand: Tenant, api: ApiClient) -> None:
    assert api.ask("POST", "keys", {**BODY, "x": 1}, key="k-1").status_code == 422
    assert api.ask("POST", "keys", {**BODY, "scopes": ["no.such"]}, key="k-1").status_code == 422
    assert api.ask("POST", "keys", BODY, key="k-1").status_code == 201


def test_keys_of_two_callers_do_not_meet(brand: Tenant, api: ApiClient) -> None:
    api.ask("POST", "keys", BODY, key="k-1")
    assert "Idempotent-Replayed" not in client(brand).ask("POST", "keys", BODY, key="k-1")
    assert "Idempotent-Replayed" not in client(new_tenant()).ask("POST", "keys", BODY, key="k-1")
    assert made(brand) == 2


@pytest.mark.parametrize("key", ["x" * 256, "a b", "naïve", "\t"])
def test_a_key_of_a_bad_form_is_refused(brand: Tenant, api: ApiClient, key: str) -> None:
    response = api.ask("POST", "keys", BODY, key=key)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")
    assert made(brand) == 0


def test_an_answer_is_kept_for_a_day_and_sealed(brand: Tenant, api: ApiClient) -> None:
    secret = api.ask("POST", "keys", BODY, key="k-1").json()["secret"]
    with tenant_scope(brand):
        row = IdempotencyRecord.objects.get()
        assert secret[-32:].encode() not in bytes(row.answer_sealed)
        with clock.frozen(clock.now() + KEPT - timedelta(minutes=1)):
            assert records_tidy() == 0
    later = (clock.now() + KEPT + timedelta(minutes=1)).isoformat()
    assert "Idempotent-Replayed" not in api.ask("POST", "keys", BODY, key="k-1", now=later)
    assert made(brand) == 2
    with tenant_scope(brand), clock.frozen(clock.now() + 3 * KEPT):
        assert records_tidy() == 1


def test_work_in_its_own_transactions_is_also_done_once(brand: Tenant, api: ApiClient) -> None:
    run = ("POST", "jobs/ledger_audit/run", {"as_of": "2026-05-01"})
    first, again = (api.ask(*run, key="k-1") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    with tenant_scope(brand):
        assert AuditLog.objects.filter(action="job.run_by_hand").count() == 1


def test_work_that_was_killed_may_be_asked_for_again_after_a_while(
    brand: Tenant, api: ApiClient, monkeypatch: Any
) -> None:
    run = ("POST", "jobs/ledger_audit/run", {"as_of": "2026-05-01"})
    api.ask(*run, key="k-1")
    with tenant_scope(brand):
        IdempotencyRecord.objects.update(status=None, expires_at=clock.now() + LEASE)
    running = api.ask(*run, key="k-1")
    assert (running.status_code, running.json()["code"]) == (409, "idempotency_in_progress")
    later = (clock.now() + LEASE + timedelta(seconds=1)).isoformat()
    assert api.ask(*run, key="k-1", now=later).status_code == 200


def test_work_that_is_refused_leaves_its_key_free(brand: Tenant, api: ApiClient) -> None:
    assert api.ask("POST", "jobs/unknown/run", {}, key="k-1").status_code == 404
    with tenant_scope(brand):
        assert not IdempotencyRecord.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_fifty_calls_at_once_have_one_effect() -> None:
    brand = new_tenant()
    secret = client(brand).secret
    told, answers = Counter[str](), set()
    ready = threading.Barrier(50)

    def work() -> None:
        try:
            caller = ApiClient(secret)
            ready.wait(timeout=60)
            response = caller.ask("POST", "keys", BODY, key="k-1")
            if response.status_code == 201:
                answers.add(response.json()["secret"])
                told["replayed" if "Idempotent-Replayed" in response else "made"] += 1
            else:
                told[response.json()["code"]] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert told["made"] == 1
    assert sum(told.values()) == 50
    assert set(told) <= {"made", "replayed", "idempotency_in_progress"}
    assert len(answers) == 1
    assert made(brand) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_second_call_does_not_wait_for_the_first(monkeypatch: Any) -> None:
    brand = new_tenant()
    api = client(brand)
    inside, go_on = threading.Event(), threading.Event()

    from scrm.api.platform import api as platform_api

    real = platform_api.api_key_create

    def slow(**kwargs: Any) -> Any:
        inside.set()
        assert go_on.wait(timeout=30)
        return real(**kwargs)

    monkeypatch.setattr(platform_api, "api_key_create", slow)
    told: list[Any] = []

    def work() -> None:
        try:
            told.append(ApiClient(api.secret).ask("POST", "keys", BODY, key="k-1").status_code)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(timeout=30)
    with transaction.atomic():
        second = api.ask("POST", "keys", BODY, key="k-1")
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    go_on.set()
    thread.join(timeout=30)
    assert told == [201]
    assert made(brand) == 1


def test_a_test_clock_set_back_does_not_end_a_key_early(brand: Tenant, api: ApiClient) -> None:
    api.ask("POST", "keys", BODY, key="k-1", now="2026-01-01T00:00:00Z")
    assert api.ask("POST", "keys", BODY, key="k-1")["Idempotent-Replayed"] == "true"
    assert made(brand) == 1
