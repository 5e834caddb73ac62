"""Every operation has an example that works: the requests are sent again, both ends fit their shapes.

`make examples` asks every operation and writes what it answered (scrm/api/examples.json); `make schema`
then puts it into docs/openapi.yaml.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft202012Validator

from tests.rules.test_walls_urls import World, report, world
from tests.support.examples import FILE, examples_make, examples_write, operations, shape_of

__all__ = ["world"]
pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (settings.ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    )
    return found


def calls(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document["paths"].values():
        for method, found in path.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield found["operationId"], found


def parts(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What an operation takes and gives when it works, each with schema and examples."""
    if "requestBody" in found:
        for told in found["requestBody"]["content"].values():
            yield "request", told
    for status, told in found["responses"].items():
        if status.startswith("2") and "application/json" in told.get("content", {}):
            yield status, told["content"]["application/json"]


def faults_of(document: dict[str, Any]) -> Iterator[str]:
    for name, found in calls(document):
        for part, told in parts(found):
            examples = told.get("examples", {})
            if not examples:
                yield f"{name}: no example for {part}; run `make examples schema`"
            schema = {"components": document["components"], **told["schema"]}
            check = Draft202012Validator(schema)
            for title, example in examples.items():
                for error in check.iter_errors(example["value"]):
                    where = "/".join(map(str, error.path))
                    yield f"{name} {part} {title} /{where}: {error.message[:120]}"


def test_every_operation_has_examples_that_fit_their_shapes(document: dict[str, Any]) -> None:
    report(faults_of(document))


def test_an_example_that_does_not_fit_is_found(document: dict[str, Any]) -> None:
    """The control."""
    broken = json.loads(json.dumps(document))
    told = broken["paths"]["/api/v1/keys"]["post"]
    told["requestBody"]["content"]["application/json"]["examples"]["other"] = {"value": {"x": 1}}
    del told["responses"]["201"]["content"]["application/json"]["examples"]
    found = list(faults_of(broken))
    assert any("key_create request other" in fault for fault in found)
    assert any("key_create: no example for 201" in fault for fault in found)


def test_the_requests_of_the_examples_work(world: World) -> None:
    """Asked again, each call is answered with the status and the names that the document shows."""
    fresh = examples_make(world)
    if os.environ.get("SCRM_WRITE_EXAMPLES"):
        examples_write(fresh)
    kept = json.loads(FILE.read_text(encoding="utf-8"))

    def faults() -> Iterator[str]:
        for _route, _method, operation in operations():
            old, new = kept.get(operation.id), fresh[operation.id]
            if old is None:
                yield f"{operation.id} is not in scrm/api/examples.json; run `make examples schema`"
            elif any(old.get(part) != new.get(part) for part in ("request", "status")):
                yield f"{operation.id}: asked again it is {new}, the document shows {old}"[:600]
            elif shape_of(old.get("response")) != shape_of(new.get("response")):
                yield f"{operation.id} answers other names than the document shows: {new}"[:600]
        yield from (
            f"{name} is in scrm/api/examples.json but no operation"
            for name in kept.keys() - fresh.keys()
        )

    report(faults())
