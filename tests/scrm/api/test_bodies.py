"""Bad input: a clear problem, nothing written, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scrm.access.models import ApiKey
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient

pytestmark = pytest.mark.db
GOOD = {"name": "reporting", "scopes": ["jobs.view"]}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"] == f"/api/docs/errors/{code}"
    assert told["request_id"] == response["X-Request-Id"]
    assert told["title"]
    assert told["detail"]
    return told


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"",
        b"nonsense",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": 1e999}',
        b'{"name": "a", "name": "b"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\u0000"}',
        b'{"\\u0000": 1}',
        b"[" * 100 + b"]" * 100,
        b"[" * 100_000,
        b"9" * 5_000,
        b'{"a": 1} trailing',
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda raw: raw[:16].decode("latin-1"),
)
def test_a_malformed_body_is_400(api: ApiClient, raw: bytes) -> None:
    response = api.ask("POST", "keys", raw=raw)
    if raw == b"":
        problem(response, 422, "invalid")
    else:
        problem(response, 400, "malformed")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"1", b"true"])
def test_a_body_that_is_no_object_is_422(api: ApiClient, raw: bytes) -> None:
    problem(api.ask("POST", "keys", raw=raw), 422, "invalid")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
        ({"name": 7}, "/name", "invalid"),
        ({"name": None}, "/name", "null"),
        ({"name": ""}, "/name", "blank"),
        ({"name": "x" * 81}, "/name", "max_length"),
        ({"scopes": "jobs.view"}, "/scopes", "not_a_list"),
        ({"scopes": []}, "/scopes", "min_length"),
        ({"scopes": ["jobs.view", 5]}, "/scopes/1", "invalid"),
        ({"scopes": ["no.such"]}, "/scopes", "invalid_value"),
        ({"mode": "prod"}, "/mode", "invalid_choice"),
        ({"mode": 1}, "/mode", "invalid_choice"),
        ({"expires_at": "2026-11-22T10:00:00"}, "/expires_at", "naive"),
        ({"expires_at": 1700000000}, "/expires_at", "invalid"),
        ({"expires_at": "tomorrow"}, "/expires_at", "invalid"),
    ],
)
def test_each_bad_field_has_its_pointer(
    brand: Tenant, api: ApiClient, change: dict[str, Any], pointer: str, code: str
) -> None:
    response = api.ask("POST", "keys", {**GOOD, **change})
    told = problem(response, 422, "invalid_value" if code == "invalid_value" else "invalid")
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in told["errors"]}
    with tenant_scope(brand):
        assert ApiKey.objects.filter(name="reporting").count() == 0


def test_every_bad_field_is_told_at_once(api: ApiClient) -> None:
    told = problem(api.ask("POST", "keys", {"scopes": 1, "x": 1}), 422, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {"/name", "/scopes", "/x"}


@pytest.mark.parametrize("value", [True, 1.0, "1", 2**63, -(2**63) - 1, None, [], {}])
def test_an_integer_is_an_integer(value: object) -> None:
    from rest_framework.exceptions import ValidationError

    from scrm.api.serializers import StrictInteger

    with pytest.raises(ValidationError):
        StrictInteger().run_validation(value)


@pytest.mark.parametrize(
    "value",
    [
        5,
        "5.00",
        {"amount": 5},
        {"amount": 5.0, "currency": "CNY"},
        {"amount": True, "currency": "CNY"},
        {"amount": -1, "currency": "CNY"},
        {"amount": 5, "currency": "USD"},
        {"amount": 2**62, "currency": "CNY"},
        {"amount": 5, "currency": "CNY", "x": 1},
    ],
)
def test_money_is_whole_fen_of_the_brands_currency(brand: Tenant, value: object) -> None:
    from rest_framework.exceptions import ValidationError

    from scrm.api.serializers import MoneyField

    with tenant_scope(brand):
        assert MoneyField().run_validation({"amount": 5, "currency": "CNY"}) == 5
        with pytest.raises(ValidationError):
            MoneyField().run_validation(value)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_kind_is_415(api: ApiClient, kind: str) -> None:
    response = api.generic("POST", "/api/v1/keys", b'{"name": "a"}', content_type=kind)
    problem(response, 415, "unsupported_media_type")


def test_an_oversize_body_is_413_before_it_is_read(api: ApiClient) -> None:
    raw = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    problem(api.ask("POST", "keys", raw=raw), 413, "too_large")


@pytest.mark.parametrize(
    ("length", "status"),
    [("-1", 400), ("x", 400), ("²", 400), ("99999999999", 413), ("9" * 5000, 413)],
)
def test_a_bad_content_length_is_refused(api: ApiClient, length: str, status: int) -> None:
    response = api.generic(
        "POST", "/api/v1/keys", b"{}", content_type="application/json", CONTENT_LENGTH=length
    )
    assert response.status_code == status


def test_a_body_without_a_length_is_411(api: ApiClient) -> None:
    response = api.generic(
        "POST", "/api/v1/keys", b"{}", content_type="application/json", CONTENT_LENGTH="",
        headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    problem(response, 411, "length_required")


def test_another_method_is_405(api: ApiClient) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        problem(api.ask(method, "jobs"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("limit=ten", "?limit"),
        ("limit=１０", "?limit"),
        ("limit=1&limit=2", "?limit"),
        ("sort=name", "?sort"),
        ("cursor=", "?cursor"),
    ],
)
def test_bad_parameters_are_422(api: ApiClient, query: str, pointer: str) -> None:
    told = problem(api.ask("GET", f"keys?{query}"), 422, "invalid")
    assert told["errors"][0]["pointer"] == pointer


def test_a_parameter_of_no_text_is_refused(api: ApiClient) -> None:
    problem(api.ask("GET", "audit?action=%00"), 422, "invalid")


def test_unknown_addresses_speak_problem_details(api: ApiClient) -> None:
    for path in ("nothing", "keys/", "jobs/x/y/z"):
        problem(api.ask("GET", path), 404, "not_found")


def test_our_own_fault_tells_nothing(api: ApiClient, monkeypatch: Any) -> None:
    def broken() -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("scrm.api.platform.selectors.keys_list", broken)
    told = problem(api.ask("GET", "keys"), 500, "internal")
    assert "hunter2" not in json.dumps(told)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["name", "scopes", "mode", "expires_at", "settings", "timezone", "color", "as_of", "x"]
)


@examples(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    call=st.sampled_from(
        [("POST", "keys"), ("PATCH", "tenant"), ("POST", "jobs/ledger_audit/run")]
    ),
    body=st.dictionaries(fields, json_values, max_size=4) | json_values,
)
def test_no_body_is_ever_a_500(db: None, api: ApiClient, call: tuple[str, str], body: Any) -> None:
    response = api.ask(*call, raw=json.dumps(body).encode("utf-8", "surrogatepass"))
    assert response.status_code in {200, 201, 400, 409, 422}, response.content


def test_an_address_of_no_text_is_nowhere(api: ApiClient) -> None:
    problem(api.ask("GET", "jobs/%00"), 404, "not_found")
    assert api.get("/console/%00/").status_code == 400
    assert api.get("/console/?q=%00").status_code == 400


def test_head_answers_like_get_without_a_body(api: ApiClient) -> None:
    response = api.ask("HEAD", "tenant")
    assert (response.status_code, response.content) == (200, b"")
    assert problem_free(response)


def problem_free(response: Any) -> bool:
    return response["Content-Type"] == "application/json"
