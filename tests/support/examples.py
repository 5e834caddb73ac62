"""Examples for the OpenAPI document, taken from real calls: each operation is asked as its row in
tests/rules/urls says, and what it answered is kept with made-up ids and one fixed day."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from scrm.api.operations import operation_of
from scrm.api.problems import CONTENT_TYPE
from scrm.api.routes import ApiRoute, routes_all
from tests.rules.test_walls_urls import World, call, rows_of, undone
from tests.rules.urls.rows import Api, filled

FILE = Path(settings.ROOT, "scrm", "api", "examples.json")
_ROWS = 2
_MOMENT = "2026-11-22T01:30:00Z"
_ID = re.compile(r"\b([a-z]{2,5})_[0-9a-z]{26}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_KEY = re.compile(r"\bsk_(live|test)_[0-9a-z]+_[0-9a-zA-Z_-]{40}")
_WHSEC = re.compile(r"\bwhsec_[A-Za-z0-9+/=]{20,}")
_CURSOR = re.compile(r"\b[\w-]{16,}:[\w-]{20,}")
_NOW = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PREFIX = re.compile(r"^[0-9a-z]{8}$")
_WORDS = {
    "walls-a": "acme", "of-A": "T20261122-1", "of A": "夏季新客", "tests.walls": "members.order_import",
    "walls": "订单导入", "ledger_audit": "ledger_audit",
}  # fmt: skip


def operations() -> Iterator[tuple[ApiRoute, str, Any]]:
    """Every operation with its route and method."""
    for route in routes_all():
        for method in route.methods:
            yield route, method, operation_of(getattr(route.view, method.lower()))


def examples_make(world: World) -> dict[str, dict[str, Any]]:
    """Operation id → request, status and answer, by asking each as the owner."""
    rows = rows_of(Api)
    found: dict[str, dict[str, Any]] = {}
    for route, method, operation in operations():
        own = [row for row in rows if (row.name, row.method) == (route.name, method)]
        found[operation.id] = _example(world, own, operation) if own else {}
    return found


def _example(world: World, rows: list[Api], operation: Any) -> dict[str, Any]:
    fallback: dict[str, Any] = {}
    owner = world.key_of(world.a, ("*",))  # made before anything is undone
    for row in _candidates(rows, operation):
        with undone():
            got = call(owner, row, world.names)
        body = filled(row.body, world.names) if row.body is not None else None
        told = {
            key: value
            for key, value in (
                ("request", body),
                ("status", got.status_code),
                ("response", got.json() if _is_json(got) else None),
            )
            if value is not None
        }
        if got.status_code < 300:
            return _plain(told, operation.id)
        if told.get("response", {}).get("code") not in {"invalid", "malformed"}:
            fallback = (
                fallback or told
            )  # needs WeCom or a state that no row has: the request still shows
    return _plain(fallback, operation.id)


def _is_json(answer: Any) -> bool:
    return answer.headers.get("Content-Type", "") in {"application/json", CONTENT_TYPE}


def _candidates(rows: list[Api], operation: Any) -> list[Api]:
    """The hand-written example first, then what the rows send."""
    written = [
        Api(row.name, row.method, path=row.path, query=row.query, body=body)
        for row in rows[:1]
        for body in operation.examples.values()
    ]
    return [*written, *sorted(rows, key=lambda row: row.owner)]


def _plain(told: dict[str, Any], salt: str) -> dict[str, Any]:
    """Without anything that differs from run to run."""
    answer = told.get("response")
    if isinstance(answer, dict) and isinstance(answer.get("data"), list):
        answer["data"] = answer["data"][:_ROWS]
        answer |= {"has_more": False, "next": None} if "next" in answer else {}
    names: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        made = hashlib.sha256(f"{salt}.{match[1]}.{len(names)}".encode()).hexdigest()[:26]
        return names.setdefault(match[0], f"{match[1]}_{made}")

    text = json.dumps(told, ensure_ascii=False)
    for word, shown in _WORDS.items():
        text = text.replace(f'"{word}"', f'"{shown}"')
    text = text.replace("http://testserver/wecom/walls-a/", "https://scrm.example.com/wecom/acme/")
    text = re.sub(r'"Brand \d+"', '"安可茶"', text)
    text = _ID.sub(name, text)
    text = _UUID.sub("0192f0c1-7a3b-7c4d-8e5f-0123456789ab", text)
    text = _KEY.sub(r"sk_\1_2f_7h3k9m2pEXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-", text)
    text = _WHSEC.sub("whsec_RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRQ==", text)
    text = _NOW.sub(_moment, text)
    plain: dict[str, Any] = json.loads(text)
    return _walk(plain)


def _moment(match: re.Match[str]) -> str:
    # Moments that somebody chose stay; those of the run become one.
    return match[0] if match[1] is None else _MOMENT


def _walk(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _walk(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, key) for inner in value]
    if isinstance(value, str) and key == "member_no":
        return "108204517736"
    if isinstance(value, str) and key == "prefix" and _PREFIX.match(value):
        return "7h3k9m2p"
    if isinstance(value, str) and key == "request_id":
        return "01b2c3d4e5f60718293a4b5c6d7e8f90"
    return value


def shape_of(value: Any) -> Any:
    """The names in a value at every depth, without what they hold."""
    if isinstance(value, dict):
        return {name: shape_of(inner) for name, inner in sorted(value.items())}
    return "list" if isinstance(value, list) else "value"


def examples_write(found: dict[str, dict[str, Any]]) -> None:
    """Keep them for the document."""
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    FILE.write_text(f"{text}\n", encoding="utf-8")
