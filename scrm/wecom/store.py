"""The gateway's Redis: tokens, pacing and circuits. Nothing in it is worth more than a minute."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    from scrm.wecom.models import WeComCorp


@lru_cache(maxsize=4)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=2.0,
        socket_connect_timeout=1.0,
        socket_keepalive=True,
        health_check_interval=25,
        retry=Retry(NoBackoff(), 1),
    )


def store() -> Redis:
    """The connection pool of this process."""
    return _client(settings.REDIS_URL)


def key(corp: WeComCorp, *parts: str) -> str:
    """A key of one bound application; the braces keep its keys on one node of a Redis cluster."""
    return ":".join((f"wecom:{{{corp.tenant_id}.{corp.pk}}}", *parts))
