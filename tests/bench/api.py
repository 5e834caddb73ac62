"""List and detail by REST over a million members, over HTTP, beside the same SQL alone.

Needs ``DATABASE_URL``, ``DATABASE_OWNER_URL`` and ``REDIS_URL`` of a migrated platform (about 2 GB while it
runs; left behind). The calls go over a kept connection to the web server as the demo starts it, with a
key, its limit and its log line. 95th percentile of warm calls, one after another, and of four callers at once;
the SQL is what the call itself read of members, sent again by a bare cursor. Budget: 200 ms.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.bench.lists import _FILL, BUDGET_MS, MEMBERS
from tests.bench.rfm import _as_owner
from tests.bench.serving import served

CALLS = 200
CALLERS = 4
PAGES_DOWN = 20
_WARM = 20  # both workers have seen the path
_PATHS = {
    "list_first": "members?limit=20",
    "list_100": "members?limit=100",
    "list_deep": "members?limit=20&cursor={cursor}",
    "by_member_no": "members?member_no={number}",
    "detail": "members/{member}",
    "timeline": "members/{member}/timeline",
}


class Caller:
    """One connection with a key."""

    def __init__(self, base: str, secret: str) -> None:
        self.connection = HTTPConnection(urlsplit(base).netloc, timeout=30)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def ask(self, path: str) -> Any:
        """The answer, read whole; anything but 200 ends the bench."""
        self.connection.request("GET", f"/api/v1/{path}", headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            message = f"{path} answered {response.status}: {body[:300]!r}"
            raise RuntimeError(message)
        return json.loads(body)


def run(*, members: int = MEMBERS, calls: int = CALLS) -> dict[str, Any]:
    """Fill, serve, ask, print."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from scrm.access.keys import MOST_CALLS_PER_MINUTE, api_key_create
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    with tenant_scope(tenant):
        secret = api_key_create(
            name="bench", scopes=["*"], calls_per_minute=MOST_CALLS_PER_MINUTE
        ).secret
    _as_owner(_FILL.format(t=tenant.pk, base=10**12, members=members))
    _as_owner("VACUUM ANALYZE members_member; VACUUM ANALYZE members_memberrollup")
    with served("scrm.wsgi:application", probe="/api/v1/tenant") as base:
        result = _measure(tenant, base, secret, members, calls)
    print(f"api {json.dumps(result)}")
    return result


def _measure(tenant: Any, base: str, secret: str, members: int, calls: int) -> dict[str, Any]:
    one = Caller(base, secret)
    names = _names(one, members)
    figures: dict[str, Any] = {}
    for name, pattern in _PATHS.items():
        path = pattern.format(**names)
        for _call in range(_WARM):
            one.ask(path)
        told = _p95(_times(partial(one.ask, path), calls))
        crowd = _crowd(base, secret, path, calls)
        statements = _statements(secret, path)
        alone = _p95(_times(partial(_sent, tenant, statements), calls))
        figures[name] = {
            "p95_ms": round(told, 2),
            f"p95_of_{CALLERS}_ms": round(crowd, 2),
            "sql_p95_ms": round(alone, 2),
            "ratio": round(told / alone, 1),
            "statements": len(statements),
        }
    slow = [name for name, found in figures.items() if found["p95_ms"] > BUDGET_MS]
    return {
        "members": members,
        **figures,
        "target": f"each p95 <= {BUDGET_MS} ms over HTTP",
        "over_budget": slow,
        "ok": not slow,
    }


def _names(one: Caller, members: int) -> dict[str, str]:
    """A member some pages down, and the cursor that leads there."""
    page = one.ask("members?limit=100")
    cursor = page["next"]
    for _page in range(PAGES_DOWN):
        if not page["next"]:
            break
        cursor = page["next"]
        page = one.ask(f"members?limit=100&cursor={cursor}")
    if cursor is None:
        raise RuntimeError("a bench of lists needs more than a hundred members")
    return {
        "cursor": cursor,
        "member": page["data"][0]["id"],
        "number": f"{members // 3 * 7919 % 1_000_000_007:012d}",
    }


def _crowd(base: str, secret: str, path: str, calls: int) -> float:
    """Several callers at once, each on a connection of its own."""

    def one(_number: int) -> list[float]:
        caller = Caller(base, secret)
        return _times(lambda: caller.ask(path), max(5, calls // CALLERS))

    with ThreadPoolExecutor(CALLERS) as pool:
        return _p95([spent for times in pool.map(one, range(CALLERS)) for spent in times])


def _statements(secret: str, path: str) -> list[str]:
    """What one call reads of members, asked in this process; without the statements of key and limit."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.support.api import ApiClient

    with CaptureQueriesContext(connection) as caught:
        response = ApiClient(secret).ask("GET", path)
    if response.status_code != 200:
        message = f"{path} answered {response.status_code} in process"
        raise RuntimeError(message)
    # The first statement of a transaction brings the brand along.
    said = [query["sql"].rpartition("; SELECT ") for query in caught.captured_queries]
    whole = [f"SELECT {sql}" if brand else sql for brand, _set, sql in said]
    found = [sql for sql in whole if sql.startswith(("SELECT", "WITH")) and "members_" in sql]
    if not found:
        raise RuntimeError(f"{path} read nothing of members")
    return found


def _sent(tenant: Any, statements: list[str]) -> None:
    from django.db import connection, transaction

    from scrm.tenants.context import tenant_scope

    with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def _times(act: Callable[[], object], calls: int) -> list[float]:
    act()
    times = []
    for _call in range(calls):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    sys.exit(0 if run()["ok"] else 1)
