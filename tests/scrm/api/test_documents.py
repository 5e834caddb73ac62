"""Committed documents are what the code says; `make schema` writes them."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from scrm.api.docs import errors_text
from scrm.api.operations import operation_of
from scrm.api.problems import WIRE_CODES
from scrm.api.routes import routes_all
from scrm.core.errors import ERROR_CODES


@pytest.mark.parametrize("name", ["openapi.yaml", "errors.md", "events.md", "reference.md"])
def test_a_document_is_what_the_code_says(name: str) -> None:
    from tools import checks

    path = settings.ROOT / "docs" / name
    fresh = checks.schema_text() if path == checks.SCHEMA else checks.reference.texts()[path]
    assert path.read_text(encoding="utf-8") == fresh, f"{name} is stale: run `make schema`"


def test_operation_ids_are_unique() -> None:
    ids = [
        found.id
        for route in routes_all()
        for method in route.methods
        if (found := operation_of(getattr(route.view, method.lower()))) is not None
    ]
    assert sorted(set(ids)) == sorted(ids)


def test_operations_name_codes_that_exist() -> None:
    known = WIRE_CODES.keys() | ERROR_CODES.keys()
    for route in routes_all():
        for method in route.methods:
            found = operation_of(getattr(route.view, method.lower()))
            assert found is not None
            assert set(found.errors) <= known, found.id


def test_every_code_says_what_it_means() -> None:
    for line in errors_text().splitlines():
        row = re.fullmatch(r"\| `([a-z0-9_]+)` \| (\d{3}) \| (.*) \|", line)
        if row is not None:
            assert row[3].strip() not in {"", row[1]}, row[1]


def test_codes_of_the_wire_and_of_the_domain_agree_on_their_status() -> None:
    for code, error in ERROR_CODES.items():
        if code in WIRE_CODES:
            assert WIRE_CODES[code][0] == error.kind.value, code
