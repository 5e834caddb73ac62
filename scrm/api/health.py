"""Is the process alive, may it be given work, and does the whole platform run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from scrm.events.metrics import processes
from scrm.events.pulse import beat_ages
from scrm.tenants.walls import walls_missing

if TYPE_CHECKING:
    from collections.abc import Callable

# The relay beats every two seconds, a worker every five.
SILENT_SECONDS = 30.0
_TIMEOUT_SECONDS = 0.5
_KEEP_OUT = {"Cache-Control": "no-store"}


def live(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked, or a lost database would kill every process."""
    return JsonResponse({"status": "ok"}, headers=_KEEP_OUT)


def ready(_request: HttpRequest) -> JsonResponse:
    """May this process be given requests: 503 names what is missing, never why.

    Silent workers do not count here: a web process stores callbacks for them while they are away.
    """
    return _told(_own())


def platform(_request: HttpRequest) -> JsonResponse:
    """Does everything run: what this process needs, the relay, and a worker for each queue."""
    return _told({**_own(), **_others()})


def _told(checks: dict[str, bool]) -> JsonResponse:
    is_ready = all(checks.values())
    return JsonResponse(
        {
            "status": "ok" if is_ready else "unready",
            "checks": {name: "ok" if good else "missing" for name, good in checks.items()},
        },
        status=200 if is_ready else 503,
        headers=_KEEP_OUT,
    )


def _own() -> dict[str, bool]:
    has_database = _asked(_database)
    return {
        "database": has_database,
        "migrations": has_database and _asked(migrations_applied),
        "walls": has_database and _asked(lambda: not walls_missing()),
        "redis": _asked(_redis),
    }


def _others() -> dict[str, bool]:
    try:
        ages = beat_ages(processes())
    except (redis.RedisError, ValueError):
        return dict.fromkeys(processes(), False)
    return {name: age is not None and age < SILENT_SECONDS for name, age in ages.items()}


def _asked(check: Callable[[], bool]) -> bool:
    """A check that cannot be made has failed."""
    try:
        return check()
    except (Error, redis.RedisError, ValueError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _redis() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        return bool(client.ping())


def migrations_applied() -> bool:
    """Whether the database has every migration of this code; more than that is a newer release's."""
    wanted = _migrations_known()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return wanted <= set(cursor.fetchall())


@cache
def _migrations_known() -> frozenset[tuple[str, str]]:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - reads many files

    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    known = loader.disk_migrations
    replaced = {tuple(old) for new in known.values() for old in new.replaces}
    return frozenset(known.keys() - replaced)
