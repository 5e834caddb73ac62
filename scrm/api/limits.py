"""How often a key may call: counters in Redis per minute. Without Redis everybody may pass."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import redis
import structlog
from django.conf import settings

from scrm.core import clock

log = structlog.get_logger(__name__)
WINDOW_SECONDS = 60
_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is left of this minute; headers of the RateLimit draft."""

    limit: int
    remaining: int
    reset_seconds: int
    is_spent: bool = False

    def headers(self) -> dict[str, str]:
        """The three headers of every answer, refusals too."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class _Breaker:
    """Asks Redis no more for a few seconds after it failed, so that its absence costs no time."""

    until = 0.0


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


def allowance_take(*, key: str, limit: int) -> Allowance | None:
    """Count one call of ``limit`` a minute. ``is_spent`` over the limit; None when Redis cannot say."""
    if not settings.REDIS_URL or time.monotonic() < _Breaker.until:
        return None
    second = int(time.time())
    window, reset = second // WINDOW_SECONDS, WINDOW_SECONDS - second % WINDOW_SECONDS
    name = f"api:calls:{key}:{window}"
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            pipe.incr(name)
            pipe.expire(name, 2 * WINDOW_SECONDS)
            count = int(pipe.execute()[0])
    except redis.RedisError as error:
        _Breaker.until = time.monotonic() + _PAUSE_SECONDS
        log.warning(
            "api_limits_without_redis", error=type(error).__name__, at=clock.now().isoformat()
        )
        return None
    return Allowance(
        limit=limit,
        remaining=max(limit - count, 0),
        reset_seconds=reset,
        is_spent=count > limit,
    )
