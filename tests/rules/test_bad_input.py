"""Every endpoint against bad input: wrong types, unknown fields, odd ids and parameters; never a 500.

Starts from the bodies of the table of addresses, which are known to work, and spoils one place at a time.
"""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.urls import reverse

from tests.rules.test_walls_urls import ROWS, World, report, rows_of, undone, world
from tests.rules.urls.rows import Api, filled

__all__ = ["world"]

pytestmark = [pytest.mark.db, pytest.mark.slow]

_WRONG: tuple[Any, ...] = (
    None, True, 1.5, -1, 0, 2**31, 2**63, 10**30, "", " ", "x", "x" * 5_000, "\u202e", "' OR 1=1 --", "2026-02-30",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", [], {}, [[]], [None], {"": None}, {"amount": 1},
    {"amount": 2**70, "currency": "CNY"},
)  # fmt: skip
_IDS = ("x", "0", "%00", "a" * 300, "..", "mem_" + "0" * 26, "key_🐉", "' OR 1=1 --", "-1")
_PARAMETERS = ("", "x", "0", "-1", "\x00", "9" * 40, "a" * 5_000, "2026-02-30", "[]", "🐉")


_ALWAYS: tuple[Any, ...] = (None, 2**63, "x" * 5_000, [])


def _some(way: tuple[Any, ...]) -> list[Any]:
    """Four more, others at every place, the same in every run."""
    start = zlib.crc32(repr(way).encode())
    return [_WRONG[(start + 5 * step) % len(_WRONG)] for step in range(4)]


@pytest.fixture(autouse=True)
def unhurried(settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 10**9


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to every place of a JSON value, the whole first."""
    yield way
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, found in inner:
        yield from places(found, (*way, step))


def spoiled(body: Any) -> Iterator[tuple[str, Any]]:
    """The body with one place changed, gone or added."""
    for way in places(body):
        if not way:
            yield from ((f"body={wrong!r}"[:60], wrong) for wrong in _WRONG)
            continue
        for wrong in (*_ALWAYS, *_some(way)):
            made = copy.deepcopy(body)
            holder(made, way)[way[-1]] = wrong
            yield f"{way}={wrong!r}"[:80], made
        made = copy.deepcopy(body)
        del holder(made, way)[way[-1]]
        yield f"{way} gone", made
        if isinstance(at := holder(made, way), dict):
            at["surprise"] = 1
            yield f"{way} with a surprise", made


def holder(body: Any, way: tuple[Any, ...]) -> Any:
    for step in way[:-1]:
        body = body[step]
    return body


def fault_of(got: Any, what: str) -> str | None:
    if got.status_code >= 500:
        return f"{what}: {got.status_code}"
    if got.status_code >= 400 and got["Content-Type"] != "application/problem+json":
        return f"{what}: {got.status_code} is no problem details but {got['Content-Type']}"
    return None


def with_bodies() -> list[Api]:
    return [row for row in rows_of(Api) if row.body]


@pytest.mark.parametrize(
    "row", with_bodies(), ids=lambda row: f"{row.key}-{with_bodies().index(row)}"
)
def test_no_body_breaks_an_endpoint(row: Api, world: World) -> None:
    key = world.key_of(world.a, ("*",))
    address = reverse(f"api:{row.name}", kwargs=filled(row.path, world.names))

    def faults() -> Iterator[str]:
        for what, body in spoiled(filled(row.body, world.names)):
            with undone():
                got = key.ask(row.method, address, raw=json.dumps(body).encode())
            if (fault := fault_of(got, f"{row.key} {what}")) is not None:
                yield fault

    report(faults())


def test_no_id_breaks_an_endpoint(world: World) -> None:
    key = world.key_of(world.a, ("*",))

    def faults() -> Iterator[str]:
        for row in rows_of(Api):
            for odd in _IDS if row.path else ():
                marks = dict.fromkeys(row.path, "ODD")
                address = reverse(f"api:{row.name}", kwargs=marks).replace(
                    "ODD", quote(odd, safe="%")
                )
                if row.query:
                    address += "?" + urlencode(filled(row.query, world.names))
                with undone():
                    got = key.ask(row.method, address, filled(row.body, world.names))
                what = f"{row.key} {row.method} id={odd[:20]!r}"
                if got.status_code not in {404, 405}:
                    yield f"{what}: {got.status_code}"
                elif (fault := fault_of(got, what)) is not None:
                    yield fault

    report(faults())


def test_no_parameter_breaks_a_list(world: World) -> None:
    from scrm.api.operations import operation_of
    from scrm.api.routes import routes_all

    views = {route.name: route.view for route in routes_all()}
    key = world.key_of(world.a, ("*",))

    def faults() -> Iterator[str]:
        for row in rows_of(Api):
            found = operation_of(getattr(views[row.name], row.method.lower()))
            if row.method != "GET" or found is None:
                continue
            names = list(found.query().fields) if found.query else ["limit", "cursor"]  # type: ignore[attr-defined]
            address = reverse(f"api:{row.name}", kwargs=filled(row.path, world.names))
            for name in [*names, "surprise"]:
                for odd in _PARAMETERS:
                    with undone():
                        got = key.ask("GET", f"{address}?{name}={quote(odd)}")
                    what = f"{row.key} {name}={odd[:20]!r}"
                    if (fault := fault_of(got, what)) is not None:
                        yield fault
                    if name == "surprise" and got.status_code != 422:
                        yield f"{what}: {got.status_code}"

    report(faults())


def test_every_body_of_the_table_is_spoiled() -> None:
    """No endpoint with a body escapes: rows of POST, PATCH and PUT are in the table by its own test."""
    assert {row.key for row in ROWS if isinstance(row, Api) and row.body} == {
        row.key for row in with_bodies()
    }
