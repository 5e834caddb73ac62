"""Exports and imports as an integrator drives them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from members.orders.models import Order
from scrm.access.keys import api_key_create
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant

ROW = {"external_id": "T1", "phone": "13800000001", "paid_at": "2026-01-15", "subtotal": "10.00"}


class Caller:
    """A key with its brand."""

    def __init__(self, brand: Tenant, scopes: list[str]) -> None:
        self.brand = brand
        with tenant_scope(brand):
            self.secret = api_key_create(name="files", scopes=scopes).secret

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else b"",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def upload(self, data: dict[str, Any], **headers: str) -> Any:
        return Client().post(
            "/api/v1/imports/file",
            data,
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def work(self) -> None:
        with tenant_scope(self.brand):
            jobs_run_waiting()


@pytest.fixture
def key(db: None) -> Caller:
    return Caller(tenant(), ["*"])


def test_rows_come_in_and_refused_ones_are_named(key: Caller) -> None:
    told = {
        "kind": "orders",
        "options": {"channel": "tmall"},
        "rows": [ROW, {**ROW, "subtotal": "x"}],
    }
    made = key("POST", "imports", told)
    assert made.status_code == 202, made.content
    path = f"imports/{made.json()['id']}"
    assert made.json()["state"] == "waiting"
    key.work()
    found = key("GET", path).json()
    assert (found["state"], found["accepted"], found["rejected"]) == ("done", 1, 1)
    faults = key("GET", f"{path}/errors").json()["data"]
    assert [(row["row_no"], row["code"], row["cells"][3]) for row in faults] == [
        (2, "order_refused", "x")
    ]


def test_a_dry_run_writes_nothing_and_tells_what_it_found(key: Caller) -> None:
    told = {
        "kind": "orders",
        "options": {"channel": "tmall"},
        "rows": [ROW, {**ROW, "external_id": "T2", "subtotal": "x"}, {**ROW, "external_id": "T3"}],
        "is_dry": True,
    }
    made = key("POST", "imports", told).json()
    path = f"imports/{made['id']}"
    assert (made["state"], made["is_dry"]) == ("waiting", True)
    assert key("GET", path).json() == made, "asked again before it ran"
    key.work()
    with tenant_scope(key.brand):
        assert not Order.objects.exists()
    found = key("GET", path).json()
    assert (found["state"], found["is_dry"]) == ("done", True)
    assert (found["accepted"], found["rejected"]) == (2, 1)
    faults = key("GET", f"{path}/errors").json()["data"]
    assert [(row["row_no"], row["code"], row["cells"][3]) for row in faults] == [
        (2, "order_refused", "x")
    ]
    [listed] = key("GET", "imports?kind=orders").json()["data"]
    assert listed == found


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "nothing", "rows": [ROW]}, 404, "not_found"),
        ({"kind": "orders"}, 422, "import_refused"),
        ({"kind": "orders", "rows": [ROW], "csv": "a"}, 422, "import_refused"),
        ({"kind": "orders", "rows": []}, 422, "import_refused"),
        ({"kind": "orders", "csv": "a,b\n1,2"}, 422, "import_refused"),
        ({"kind": "orders", "rows": [ROW], "options": {"x": 1}}, 422, "import_refused"),
        ({"kind": "orders", "rows": [ROW], "surprise": 1}, 422, "invalid"),
    ],
)
def test_what_cannot_be_taken_is_refused(key: Caller, body: Any, status: int, code: str) -> None:
    answer = key("POST", "imports", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_file_is_uploaded_once_by_its_key(key: Caller) -> None:
    def file() -> SimpleUploadedFile:
        return SimpleUploadedFile(
            "a.csv", ",".join(ROW).encode() + b"\nT1,13800000001,2026-01-15,10.00\n"
        )

    told = {"kind": "orders", "option": "tmall"}
    first = key.upload({**told, "file": file()}, **{"Idempotency-Key": "k1"})
    assert first.status_code == 202, first.content
    again = key.upload({**told, "file": file()}, **{"Idempotency-Key": "k1"})
    assert again.json() == first.json()
    other = SimpleUploadedFile("a.csv", b"external_id,subtotal\n1,2\n")
    reused = key.upload({**told, "file": other}, **{"Idempotency-Key": "k1"})
    assert reused.json()["code"] == "idempotency_key_reused"
    key.work()
    with tenant_scope(key.brand):
        assert Order.objects.count() == 1
    assert key("POST", "imports/file", {}).status_code == 415
    assert key.upload({"kind": "orders"}).status_code == 422
    reader = Caller(key.brand, ["imports.view"])
    assert reader.upload({**told, "file": file()}).status_code == 403


def test_orders_go_out_to_the_key_that_asked(key: Caller) -> None:
    key("POST", "imports", {"kind": "orders", "options": {"channel": "tmall"}, "rows": [ROW]})
    key.work()
    made = key("POST", "exports", {"kind": "orders", "query": "channel=tmall"}).json()
    path = f"exports/{made['id']}"
    assert key("GET", f"{path}/file").json()["code"] == "file_not_ready"
    key.work()
    assert key("GET", path).json()["state"] == "done"
    got = key("GET", f"{path}/file")
    assert got.headers["Content-Type"] == "application/octet-stream"
    body = b"".join(got.streaming_content).decode("utf-8-sig")
    assert [row[2] for row in csv.reader(io.StringIO(body))][1:] == ["T1"]
    colleague = Caller(key.brand, ["exports.view", "orders.view"])
    assert colleague("GET", f"{path}/file").status_code == 403
    stranger = Caller(tenant(), ["*"])
    assert stranger("GET", f"{path}/file").status_code == 404


def test_rights_to_the_rows_are_asked_beside_the_right_to_export(key: Caller) -> None:
    limited = Caller(key.brand, ["exports.create", "imports.create", "members.view"])
    assert limited("POST", "exports", {"kind": "orders"}).status_code == 403
    assert limited("POST", "exports", {"kind": "members"}).status_code == 202
    plain = {"kind": "members", "is_plain": True, "reason": "x"}
    assert limited("POST", "exports", plain).status_code == 403
    assert limited("POST", "imports", {"kind": "orders", "rows": [ROW]}).status_code == 403


def test_refused_rows_are_for_who_may_see_the_people_in_them(key: Caller) -> None:
    told = {"kind": "orders", "options": {"channel": "tmall"}, "rows": [{**ROW, "subtotal": "x"}]}
    path = f"imports/{key('POST', 'imports', told).json()['id']}/errors"
    key.work()
    assert key("GET", path).status_code == 200
    other = Caller(key.brand, ["imports.view", "imports.create"])
    assert other("GET", path).status_code == 403


def test_line_marks_inside_a_cell_do_not_end_the_row(key: Caller) -> None:
    csv_text = 'external_id,phone,paid_at,subtotal,product\nT1,13800000001,2026-01-15,10.00,"a\u2028b\nc"\n'
    told = {"kind": "orders", "options": {"channel": "tmall"}, "csv": csv_text}
    assert key("POST", "imports", told).json()["rows"] == 1
    key.work()
    with tenant_scope(key.brand):
        assert Order.objects.get().lines.get().name == "a\u2028b\nc"


def test_a_file_may_be_larger_than_a_json_body(key: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    lines = ["external_id,phone,paid_at,subtotal"]
    lines += [f"T{number},13800000001,2026-01-15,10.00" for number in range(100)]
    upload = SimpleUploadedFile("a.csv", "\n".join(lines).encode())
    made = key.upload({"kind": "orders", "option": "tmall", "file": upload})
    assert made.status_code == 202, made.content
    assert key("POST", "imports", {"kind": "orders", "csv": "\n".join(lines)}).status_code == 413
