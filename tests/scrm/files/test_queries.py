"""A list's query that is kept for a job: what could not be read later is refused now, and nothing is written."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from scrm.access.keys import api_key_create
from scrm.events.models import AuditLog, Job
from scrm.files.exports import EXPORTS
from scrm.files.models import ImportFile, StoredFile
from scrm.files.queries import query_shown
from scrm.tenants.context import tenant_scope
from tests.scrm.api.test_files import Caller
from tests.scrm.console.conftest import House, house, lin

__all__ = ["house", "lin"]

PAGE = "/console/mumian/exports/new/"
KINDS = ["members", "orders", "segments", "audit"]
BAD = [
    "external_id=%00",
    "q=a%00b",
    "%00=1",
    "q=%ff",
    "q=%ed%a0%80",
    "ids=%00",
    "ids=",
    "ids=" + ",".join(f"mem_{number}" for number in range(201)),
    "&".join(f"a{number}=1" for number in range(600)),
    "q=" + "x" * 4_000,
]


def written() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (StoredFile, Job, AuditLog, ImportFile))


@pytest.mark.parametrize("query", BAD)
def test_a_query_nobody_could_read_is_refused_at_every_door(
    lin: Client, house: House, query: str
) -> None:
    with tenant_scope(house.mumian):
        secret = api_key_create(name="files", scopes=["*"]).secret
        before = written()
    key = Caller.__new__(Caller)
    key.brand, key.secret = house.mumian, secret
    for kind in KINDS:
        shown = lin.get(f"{PAGE}?kind={kind}&query={quote(query)}")
        asked = lin.post(f"{PAGE}?kind={kind}", {"kind": kind, "format": "csv", "query": query})
        told = key("POST", "exports", {"kind": kind, "query": query})
        assert (shown.status_code, asked.status_code, told.status_code) == (422, 422, 422), kind
    assert lin.get(f"{PAGE}?query={quote(query)}").status_code == 422
    with tenant_scope(house.mumian):
        assert written() == before
    assert lin.get(f"{PAGE}?kind=orders&query=external_id%3DA1").status_code == 200, "the control"


@pytest.mark.parametrize(
    ("kind", "query", "status"),
    [
        ("orders", "external_id=A&external_id=B", 422),
        ("orders", "member=mem_a&member=mem_b", 422),
        ("orders", "member=mem_nobody", 422),
        ("audit", "ids=x", 422),
        ("orders", "channel=tmall&channel=store", 302),
        ("audit", "day_to=9999-12-31", 302),
        ("orders", "day_from=0001-01-01", 302),
        ("members", "joined_to=9999-12-31&spent_from=999999999999", 302),
        ("push_recipients", "", 422),
    ],
)
def test_what_is_given_twice_or_cannot_be_found_is_said(
    lin: Client, house: House, kind: str, query: str, status: int
) -> None:
    answer = lin.post(PAGE, {"kind": kind, "format": "csv", "query": query})
    assert answer.status_code == status
    with tenant_scope(house.mumian):
        assert StoredFile.objects.count() == int(status == 302)


@pytest.mark.parametrize("kind", ["members", "orders"])
@pytest.mark.parametrize(
    "body",
    [
        {"rows": [{"phone": "13800000001", "a\x00b": "1"}]},
        {"rows": [{"phone": "13800000001", "\ud800": "1"}]},
        {"csv": "phone,a\x00b\n13800000001,1\n"},
        {"csv": "phone\n1380000\x000001\n"},
        {"csv": "phone\n\ud800\n"},
        {"csv": "phone," * 200},
        {"rows": [{"phone": "13800000001"}], "name": "a\x00b"},
        {"rows": [{"phone": "13800000001"}], "options": {"\x00": "\x00"}},
        {"rows": [{"phone": "13800000001"}], "kind": "\x00"},
    ],
)
def test_an_import_that_no_database_keeps_is_refused(
    house: House, kind: str, body: dict[str, Any]
) -> None:
    key = Caller(house.mumian, ["*"])
    with tenant_scope(house.mumian):
        before = written()
    answer = key("POST", "imports", {"kind": kind, **body})
    assert 400 <= answer.status_code < 500, answer.content
    with tenant_scope(house.mumian):
        assert written() == before


@pytest.mark.parametrize(
    "raw", [b"phone,a\x00b\n1,2\n", b"\xff\xfe\x00\x01", b"phone\n\xed\xa0\x80\n"]
)
def test_an_uploaded_table_that_is_none_is_refused(lin: Client, house: House, raw: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    key = Caller(house.mumian, ["*"])
    for kind, where in (("members", "members"), ("orders", "orders")):
        file = SimpleUploadedFile("a\x00.csv", raw)
        page = lin.post(f"/console/mumian/{where}/import/", {"file": file})
        told = key.upload({"kind": kind, "file": SimpleUploadedFile("a.csv", raw)})
        assert (page.status_code, told.status_code) == (422, 422), kind
    with tenant_scope(house.mumian):
        assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "jobs/?by=%2500&state=%2500&kind=%2500",
        "jobs/?after=%ff&before=%ed%a0%80",
        "exports/?kind=%ff&mask=%2500&by=me&by=brand",
        "imports/?connector=%ff&kind=%2500",
        "orders/list/?q=%2500&day_from=9999-12-31&day_to=0001-01-01&member=%ff",
        "audit/?day_from=9999-12-31&day_to=9999-12-31",
    ],
)
def test_lists_take_odd_addresses(lin: Client, path: str) -> None:
    assert lin.get(f"/console/mumian/{path}").status_code == 200


def test_chosen_rows_are_counted_where_the_query_is_shown() -> None:
    assert query_shown("ids=mem_a,mem_b&q=13800000001&wecom=true") == "ids=2 q=*** wecom=true"
    assert set(KINDS) < set(EXPORTS)
