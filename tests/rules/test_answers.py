"""Every answer of the API is what docs/openapi.yaml says: shapes, nulls, problem details."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft202012Validator

from scrm.api.routes import routes_all
from tests.rules.test_walls_urls import World, call, report, rows_of, undone, world
from tests.rules.urls.rows import Api
from tests.support.api import ApiClient

__all__ = ["world"]

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (settings.ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    )
    return found


def address_of(row: Api) -> str:
    [route] = [route for route in routes_all() if route.name == row.name]
    return "/api/v1/" + route.address.replace("<str:", "{").replace(">", "}")


def faults_of(got: Any, row: Api, document: dict[str, Any]) -> Iterator[str]:
    """Where an answer is not what the document promises for its status."""
    told = document["paths"][address_of(row)][row.method.lower()]["responses"].get(
        str(got.status_code)
    )
    if told is None:
        yield f"{row.key}: status {got.status_code} is not in the document"
        return
    content = told.get("content", {})
    kind = got.headers.get("Content-Type", "")
    if not content:
        if got.content:
            yield f"{row.key}: an answer where none is promised"
        return
    if kind not in content:
        yield f"{row.key}: {kind} is not in the document"
        return
    if kind == "application/octet-stream":
        return  # a file
    schema = {"components": document["components"], **content[kind]["schema"]}
    for error in Draft202012Validator(schema).iter_errors(got.json()):
        yield f"{row.key} {got.status_code} /{'/'.join(map(str, error.path))}: {error.message[:120]}"


def test_every_answer_is_what_the_document_says(world: World, document: dict[str, Any]) -> None:
    def faults() -> Iterator[str]:
        for row in rows_of(Api):
            for who in (
                world.key_of(world.a, ("*",)),
                world.key_of(world.b, ("*",)),
                ApiClient(None),
            ):
                with undone():
                    got = call(who, row, world.names)
                yield from faults_of(got, row, document)

    report(dict.fromkeys(faults()))


def test_a_wrong_answer_is_seen(world: World, document: dict[str, Any]) -> None:
    """The control: an answer with a number where the document says text."""

    class Wrong:
        status_code = 200
        headers = {"Content-Type": "application/json"}
        content = b"x"

        def json(self) -> dict[str, Any]:
            return {"data": [{"type": 5, "doc": "x"}], "has_more": False, "next": None}

    found = list(faults_of(Wrong(), Api("event-types"), document))
    assert found == ["api:event-types GET 200 /data/0/type: 5 is not of type 'string'"]
