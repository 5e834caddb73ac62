"""List and detail by REST over a million members, through the whole Django stack, beside the same SQL alone.

Needs ``DATABASE_URL`` and ``DATABASE_OWNER_URL`` of a migrated database (about 2 GB while it runs; emptied
afterwards). 95th percentile of warm calls; the SQL is what the call itself asked, sent again by a bare cursor.
Budget: 200 ms.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.bench.lists import _FILL, BUDGET_MS, MEMBERS
from tests.bench.rfm import _as_owner

CALLS = 60
_PATHS = {
    "list_first": "members?limit=20",
    "list_100": "members?limit=100",
    "list_deep": "members?limit=20&cursor={cursor}",
    "by_member_no": "members?member_no={number}",
    "detail": "members/{member}",
}


def run(*, members: int = MEMBERS, calls: int = CALLS) -> dict[str, Any]:
    """Fill, ask, print, empty again."""
    import logging

    import django

    logging.disable(logging.WARNING)  # a line for each call says nothing here
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from django.conf import settings

    from scrm.tenants.services import tenant_create
    from tests.support.api import client

    settings.API_CALLS_PER_MINUTE = 10**9
    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    names = {"t": tenant.pk, "base": 10**12, "members": members}
    try:
        _as_owner(_FILL.format(**names))
        _as_owner("VACUUM ANALYZE members_member; VACUUM ANALYZE members_memberrollup")
        result = _measure(tenant, client(tenant), members, calls)
    finally:
        _as_owner(
            f"DELETE FROM members_memberrollup WHERE tenant_id = {tenant.pk};"
            f"DELETE FROM members_member WHERE tenant_id = {tenant.pk}"
        )
    print(f"api {json.dumps(result)}")
    return result


def _measure(tenant: Any, api: Any, members: int, calls: int) -> dict[str, Any]:
    names = _names(api, members)
    figures: dict[str, Any] = {}
    for name, pattern in _PATHS.items():
        path = pattern.format(**names)
        told = _p95(lambda path=path: _asked(api, path), calls)
        statements = _statements(api, path)
        alone = _p95(lambda statements=statements: _sent(tenant, statements), calls)
        figures[name] = {
            "p95_ms": round(told, 2),
            "sql_p95_ms": round(alone, 2),
            "ratio": round(told / alone, 1),
            "statements": len(statements),
        }
    slow = [name for name, found in figures.items() if found["p95_ms"] > BUDGET_MS]
    return {
        "members": members,
        **figures,
        "target": f"each p95 <= {BUDGET_MS} ms",
        "over_budget": slow,
        "ok": not slow,
    }


def _names(api: Any, members: int) -> dict[str, str]:
    """A member in the middle, and a cursor some pages down."""
    page = _asked(api, "members?limit=100")
    for _page in range(20):
        page = _asked(api, f"members?limit=100&cursor={page['next']}")
    return {
        "cursor": page["next"],
        "member": page["data"][0]["id"],
        "number": f"{members // 3 * 7919 % 1_000_000_007:012d}",
    }


def _asked(api: Any, path: str) -> Any:
    response = api.ask("GET", path)
    if response.status_code != 200:
        message = f"{path} answered {response.status_code}: {response.content[:300]!r}"
        raise RuntimeError(message)
    return response.json()


def _statements(api: Any, path: str) -> list[str]:
    """The reading statements of one call, without those of key and scope."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        _asked(api, path)
    return [
        query["sql"]
        for query in caught.captured_queries
        if query["sql"].startswith("SELECT") and '"members_' in query["sql"]
    ]


def _sent(tenant: Any, statements: list[str]) -> None:
    from django.db import connection, transaction

    from scrm.tenants.context import tenant_scope

    with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def _p95(act: Callable[[], object], calls: int) -> float:
    act()
    times = []
    for _call in range(calls):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    run()
