"""Signs of life and counts of small events, in Redis: for metrics only, lost without harm."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from scrm.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

_BEAT = "scrm:beat:"
_TALLY = "scrm:tally:"
_MARK = "scrm:mark:"
# A beat is a key whose remaining life tells its age: no two clocks need agree.
_LIFE_MS = 86_400_000
_PATIENCE_SECONDS = 0.5


@lru_cache(maxsize=4)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def pulse_store() -> Redis:
    """This process's connections, impatient: nobody waits for a metric."""
    return _client(settings.REDIS_URL)


def beat(*names: str) -> None:
    """Say that these are alive."""
    with suppress(RedisError, ValueError):
        pipe = pulse_store().pipeline(transaction=False)
        for name in names:
            pipe.set(f"{_BEAT}{name}", 1, px=_LIFE_MS)
        pipe.execute()


def beat_ages(names: Iterable[str]) -> dict[str, float | None]:
    """Seconds since each last said so; None for one that has not for a day. Raises RedisError."""
    wanted = list(names)
    pipe = pulse_store().pipeline(transaction=False)
    for name in wanted:
        pipe.pttl(f"{_BEAT}{name}")
    return {
        name: (_LIFE_MS - left) / 1000 if left >= 0 else None
        for name, left in zip(wanted, pipe.execute(), strict=True)
    }


def mark(name: str) -> None:
    """Write down that something succeeded now."""
    with suppress(RedisError, ValueError):
        pulse_store().set(f"{_MARK}{name}", f"{clock.now().timestamp():.0f}")


def marked(name: str) -> float:
    """The unix time at which it last succeeded; 0 when nobody knows. Raises RedisError."""
    return float(pulse_store().get(f"{_MARK}{name}") or 0)


def tally(name: str, *labels: str, count: int = 1) -> None:
    """Count something that happened in any process."""
    with suppress(RedisError, ValueError):
        pulse_store().hincrby(f"{_TALLY}{name}", json.dumps(labels), count)


def tallies(name: str) -> dict[tuple[str, ...], int]:
    """The counts since Redis was last emptied, by their labels. Raises RedisError."""
    kept = pulse_store().hgetall(f"{_TALLY}{name}")
    return {tuple(json.loads(labels)): int(count) for labels, count in kept.items()}
