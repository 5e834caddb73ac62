"""schemathesis against the document: no server error, no answer that the document does not name.

In the suite a few calls for each operation with a fixed seed and as many with a printed one
(``SCRM_FUZZ_SEED`` repeats it); `make fuzz` makes 20,000, the operations shared out over two processes.
"""

from __future__ import annotations

import logging
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi import checks as openapi_checks

from scrm.api.routes import routes_all
from tests.rules.test_walls_urls import World, report, rows_of, world
from tests.rules.urls.rows import Api, filled

__all__ = ["world"]
pytestmark = [pytest.mark.db, pytest.mark.slow]

FIXED_SEED = 20261122
IN_SUITE = 600
CASES = int(os.environ.get("SCRM_FUZZ_CASES", IN_SUITE))
# A share of the operations is a test of its own; in the suite one test holds them all.
SHARES = 1 if CASES == IN_SUITE else 4
_FAULT = 500
_BARE = 11  # of sixteen; not an end, which hypothesis prefers
_CHECKS: list[CheckFunction] = [
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Fuzzer:
    """Sends generated calls in this process and keeps count of what they were told."""

    def __init__(self, world: World) -> None:
        self.world, self.told, self.faults = world, Counter[int](), list[str]()
        self.wanted = 0
        self.secret = world.key_of(world.a, ("*",)).secret
        self.schema = schemathesis.openapi.from_wsgi(
            "/api/docs/openapi.yaml", get_wsgi_application()
        )
        self.rows = {_address(row): row for row in rows_of(Api) if row.path}

    def operations(self) -> list[Any]:
        return [result.ok() for result in self.schema.get_all_operations()]

    def run(self, *, cases: int, number: int, share: int = 0) -> None:
        """Share the cases out over the operations; each operation leaves nothing for the next."""
        operations = self.operations()
        each = max(1, -(-cases // len(operations)))
        for operation in operations[share::SHARES]:
            self.wanted += each
            with transaction.atomic():
                try:
                    self._one(operation, each, number)
                except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001 - shown at the end
                    self.faults.append(f"{operation.label}: {type(fault).__name__} {fault}"[:1500])
                    print(f"FAULT {self.faults[-1]}")
                transaction.set_rollback(True)

    def _one(self, operation: Any, cases: int, number: int) -> None:
        strategies = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in _MODES))

        @seed(number)
        @examples(
            max_examples=cases, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=strategies, is_known=st.booleans(), dice=st.integers(0, 15))
        def ask(case: Any, is_known: bool, dice: int) -> None:
            self._ask(case, is_known=is_known, is_bare=dice == _BARE)

        ask()

    def _ask(self, case: Any, *, is_known: bool, is_bare: bool) -> None:
        row = self.rows.get((case.method.upper(), case.operation.path))
        if is_known and row is not None and isinstance(case.path_parameters, dict):
            case.path_parameters.update(filled(row.path, self.world.names))
        headers = dict(case.headers or {})
        if not is_bare:  # a random day or key would hide everything behind it
            headers.pop("Scrm-Test-Now", None)
            headers["Authorization"] = f"Bearer {self.secret}"
        case.headers = headers
        with transaction.atomic():
            response = case.call()
            transaction.set_rollback(True)
        self.told[response.status_code] += 1
        if response.status_code == _FAULT:
            raise AssertionError(f"a server error:\n{case.as_curl_command()}")
        case.validate_response(response, checks=_CHECKS)


def _address(row: Api) -> tuple[str, str]:
    [address] = [route.address for route in routes_all() if route.name == row.name]
    return row.method, "/api/v1/" + address.replace("<str:", "{").replace(">", "}")


@pytest.fixture
def fuzzer(world: World, settings: Any) -> Iterator[Fuzzer]:
    settings.API_CALLS_PER_MINUTE = 10**9
    logging.disable(logging.WARNING)  # a line for each refusal says nothing here
    # A request in this process must not close the connection of the test.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Fuzzer(world)
    logging.disable(logging.NOTSET)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("share", range(SHARES))
def test_generated_calls_are_answered_as_the_document_says(fuzzer: Fuzzer, share: int) -> None:
    number = int(os.environ.get("SCRM_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    print(f"SCRM_FUZZ_SEED={number}")
    for one in (FIXED_SEED, number):
        fuzzer.run(cases=-(-CASES // 2), number=one, share=share)
    made = sum(fuzzer.told.values())
    print(f"{made} calls: {dict(sorted(fuzzer.told.items()))}")
    report(fuzzer.faults)
    assert made >= fuzzer.wanted, "some operations were asked less often than wanted"
    assert fuzzer.told[200] + fuzzer.told[201] > made // 20, "hardly any call got through"
    assert fuzzer.told[422] > made // 20, "hardly any call was refused"


def test_a_fault_and_an_undocumented_answer_are_found(
    fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controls."""
    [listing] = [found for found in fuzzer.operations() if found.label == "GET /api/v1/keys"]

    def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr("scrm.api.platform.selectors.keys_list", broken)
    with pytest.raises(AssertionError, match="a server error"):
        fuzzer._one(listing, 30, FIXED_SEED)
    monkeypatch.undo()
    monkeypatch.setattr(
        "scrm.api.platform.serializers.api_key_state", lambda _key, **_more: "mislaid"
    )
    with pytest.raises(BaseException, match="mislaid"):
        fuzzer._one(listing, 30, FIXED_SEED)
