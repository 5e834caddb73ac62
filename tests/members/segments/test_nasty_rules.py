"""A corpus of hostile rules: every one is refused or bound as a value; none is run, none breaks the server."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.people.models import Member
from members.segments.fields import fields_listed
from members.segments.rules import InvalidRule, rule_parse
from members.segments.selectors import segment_query
from members.segments.sets import rule_checked, rule_count
from members.segments.words import rule_words
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.tenants.models import Tenant
from tests.factories.members import order
from tests.support.api import ApiClient, client

TEXTS = [
    "' OR '1'='1", "1 OR 1=1", "'; DROP TABLE members_member; --", "') OR 1=1 --", '" OR ""="', "\\'; --",
    "1; SELECT pg_sleep(9)", "'||pg_sleep(9)||'", "' UNION SELECT phone_enc FROM members_member --", "/**/OR/**/1=1",
    "admin'--", "%' AND 1=0 --", "_%", "%s", "%(tenant)s", "%%", "%(id)s'", "$1", "$$;select 1;$$", "{0}", "{people}",
    "{}", ":id", "?", "\\", "\\x00", "\u202e'", "ʼ OR 1=1", "＇ OR 1=1", "0x27", "CHR(39)", "1e400", "NaN", "null",
    "true", "[]", '{"$gt": ""}', "<script>alert(1)</script>", "{{ 7*7 }}", "{% debug %}", "../../etc/passwd",
    "tenant_id", "members_member.tenant_id", "EXISTS(SELECT 1)", "array[1]", "'::text", "E'\\047'", "U&'\\0027'",
    "1\n;", "\t", " ", "a" * 128, "上海' --", "🦊'", "\ufeff'", "--", "#", ";", "`id`", "$(id)",
]  # fmt: skip
# What stands in any query of ours.
_WORDS = {"null", "true", "tenant_id", "members_member.tenant_id"}
KEYS = [
    "", " ", "id", "pk", "tenant", "tenant_id", "phone_enc", "member.phone_enc", "rollup__net_fen", "orders.net__gte",
    "orders__member__tenant_id", "tags__tag__tenant_id", "orders.net ", "ORDERS.NET", "orders.net; DROP TABLE x",
    "orders.net) OR (1=1", "orders.net\x00", "orders.net\u0000--", "__class__", "__init__", "segment_rollup_net_fen",
    "member.name__regex", "pk__in", "*", "1", "rfm", "custom.", "custom.'--", "custom.%s", "a" * 5000, "订单",
]  # fmt: skip
OPERATORS = [
    "", "=", "==", "!=", "<>", "gte ", "GTE", "regex", "iregex", "contains", "isnull", "in)", "range", "gte__lte",
    "exact", "eq; --", "__class__", "like", "%s", "is_set ", "between'", "search",
]  # fmt: skip
VALUES: list[Any] = [
    None, 1.5, 1e308, {}, {"a": 1}, {"$gt": 0}, [], [[]], [{}], [None], [1.5], [1, 2, 3], [2, 1], ["1", "2"], [True, 1],
    True, False, "", "1", "10000", "1 OR 1=1", 10**15 + 1, -(10**15) - 1, 10**30, [10**30, 10**31], ["a", 1],
    "2026-01-01", "0x10", "１", "٣", [0, 10**16],
]  # fmt: skip
CITY = {"field": "member.city", "op": "in", "value": ["上海"]}
SHAPES: list[Any] = [
    None, 1, "", "all", [], [CITY], True, {}, {"all": None}, {"all": {}}, {"all": CITY}, {"all": "x"}, {"all": [None]},
    {"all": [[]]}, {"all": [{}]}, {"all": [], "any": []}, {"ALL": []}, {"and": []}, {"$where": "1"}, {"not": None},
    {"not": []}, {"not": {"not": CITY}}, {"all": [CITY] * 51}, {"all": [{"any": [CITY] * 26}, {"any": [CITY] * 26}]},
    {"all": [{"any": [{"all": [CITY]}]}]}, {"all": [{"not": {"any": [{"not": {"all": [CITY]}}]}}]},
    {"all": [{**CITY, "raw": "1=1"}]}, {"all": [{"field": "member.city", "op": "in"}]}, {"all": [{"op": "in", "value": [1]}]},
    {"all": [{"field": ["member.city"], "op": "in", "value": ["x"]}]}, {"all": [{"field": {"a": 1}, "op": "in", "value": 1}]},
    {"all": [{"field": "member.city", "op": ["in"], "value": ["x"]}]}, {"all": [{**CITY, "value": ["x"] * 201}]},
    {"all": [{**CITY, "value": ["a" * 129]}]}, {"all": [{**CITY, "value": ["a\x00b"]}]}, {"all": [{**CITY, "value": [""]}]},
    {"all": [{**CITY, "value": ["\ud800"]}]}, {"all": [{"field": "member.city", "op": "is_set", "value": "1=1"}]},
    {"all": [{"field": "orders.net", "op": "is_set"}]}, {"not": {"all": [{"any": [{"all": []}]}]}},
]  # fmt: skip


@pytest.fixture
def shop(brand: Tenant) -> Tenant:
    order()
    return brand


def refused(rule: Any) -> bool:
    try:
        rule_checked(rule_parse(rule))
    except InvalidRule:
        return True
    return False


def test_every_text_is_bound_and_none_is_written_into_a_query(shop: Tenant) -> None:
    for field in fields_listed():
        if field.kind not in {"text", "choice", "words"}:
            continue
        for text in TEXTS:
            op = "has_any" if field.kind == "words" else "in"
            rule = {"all": [{"field": field.key, "op": op, "value": [text]}]}
            sql, params = segment_query(rule).query.sql_with_params()
            is_bound = any(
                text == each or (isinstance(each, list | tuple) and text in each) for each in params
            )
            assert is_bound != field.is_integer, field.key
            assert len(text) < 3 or text in _WORDS or text not in sql
    every = {"any": [{"field": "member.name", "op": "in", "value": TEXTS}]}
    with CaptureQueriesContext(connection) as asked:
        assert rule_count(every) == 0
    assert len(asked) <= 3
    assert Member.objects.count() == 1
    assert all(text in rule_words(rule_parse(every)) for text in TEXTS[:3])


def test_no_key_and_no_operator_outside_the_registry_is_taken(shop: Tenant) -> None:
    for key in KEYS:
        assert refused({"all": [{"field": key, "op": "gte", "value": 1}]}), key
    for field in fields_listed():
        for op in OPERATORS:
            assert refused({"all": [{"field": field.key, "op": op, "value": [1]}]}), (field.key, op)


def test_no_value_of_another_kind_is_taken(shop: Tenant) -> None:
    fits = {
        "number": [True, False], "yuan": [], "days": [], "date": ["2026-01-01"], "bool": [True, False],
        "text": [], "choice": [], "words": [],
    }  # fmt: skip
    for field in fields_listed():
        for op in field.operators:
            for value in VALUES:
                if refused({"all": [{"field": field.key, "op": op, "value": value}]}):
                    continue
                is_unary = op in {"is_set", "not_set"} and value is True
                is_texts = value == ["1", "2"] and field.kind in {"text", "choice", "words"}
                is_own = field.kind in {"date", "bool"} and value in fits[field.kind]
                assert is_unary or is_texts or is_own, (field.key, op, value)


@pytest.mark.parametrize("rule", SHAPES, ids=lambda rule: repr(rule)[:40])
def test_no_other_shape_is_taken(shop: Tenant, rule: Any) -> None:
    assert refused(rule)


def test_by_rest_all_of_it_is_refused_and_nothing_breaks(shop: Tenant) -> None:
    api = client(shop)
    conditions = [
        *({"field": key, "op": "gte", "value": 1} for key in KEYS),
        *({"field": "orders.net", "op": op, "value": 1} for op in OPERATORS),
        *({"field": "orders.net", "op": "gte", "value": value} for value in VALUES),
    ]
    for rule in [*({"all": [each]} for each in conditions), *SHAPES]:
        assert status(api, json.dumps({"rule": rule})) in {400, 422}, repr(rule)[:80]
    deep = '{"rule": ' + '{"not": {"all": [' * 5000 + "]}}" * 5000 + "}"
    for raw in (
        deep,
        '{"rule": {"all": [], "all": []}}',
        '{"rule": {"all": [{"field": "orders.net", "op": "gte", "value": 1e400}]}}',
        '{"rule": {"all": [{"field": "orders.net", "op": "gte", "value": NaN}]}}',
    ):
        assert status(api, raw) in {400, 422}, raw[:60]
    assert Member.objects.count() == 1


def status(api: ApiClient, raw: str) -> int:
    return int(
        api.ask("POST", "segments/count", raw=raw.encode("utf-8", "surrogatepass")).status_code
    )


def test_the_console_refuses_them_in_words(shop: Tenant) -> None:
    who = Operator.objects.create_user(email="lin@example.com", name="林晓")
    membership_grant(operator=who, tenant=shop, roles=["tenant_admin"])
    browser = Client()
    browser.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/console/{shop.slug}/segments"
    nasty = ["{", "[" * 20_000, '"\\ud800"', "1e400", "NaN", "", *map(json.dumps, SHAPES[:12])]
    for text in nasty:
        answer = browser.post(f"{base}/count/", {"rule": text, "phase": "exact"})
        assert answer.status_code == 200, text[:40]
        assert "segment-count" not in answer.content.decode(), text[:40]
        assert browser.get(f"{base}/new/?{urlencode({'rule': text[:2000]})}").status_code == 200
    members = f"/console/{shop.slug}/members/list/"
    for key in KEYS[:20]:
        asked = urlencode({f"f.{key}": "gte:1 OR 1=1"})
        assert browser.get(f"{members}?{asked}").status_code in {200, 400}, key
