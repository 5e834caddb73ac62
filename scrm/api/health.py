"""Is the process alive, and may it be given work."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from scrm.tenants.walls import walls_missing

_TIMEOUT_SECONDS = 0.5


def live(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """Database, Redis and the tenancy walls; 503 names what is missing, never why."""
    checks = {"database": _database(), "redis": _redis()}
    checks["walls"] = checks["database"] and not walls_missing()
    is_ready = all(checks.values())
    status = {name: "ok" if good else "missing" for name, good in checks.items()}
    return JsonResponse(
        {"status": "ok" if is_ready else "unready", "checks": status},
        status=200 if is_ready else 503,
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis() -> bool:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
        with client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False
