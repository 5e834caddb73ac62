"""Pacing: one Lua script asks, in one round trip, whether this call may leave now.

Three questions: is the application stopped, is this API's circuit closed, has its minute a token left.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from redis.exceptions import RedisError

from scrm.wecom.store import key, store

if TYPE_CHECKING:
    from scrm.wecom.models import WeComCorp

log = structlog.get_logger(__name__)
CIRCUIT_SECONDS = 60
CIRCUIT_LONGEST = 3600

# KEYS stop, circuit, bucket; ARGV tokens per millisecond, capacity. Answers {verdict, milliseconds}.
_ASK = """
if redis.call('EXISTS', KEYS[1]) == 1 then return {2, 0} end
local open = redis.call('PTTL', KEYS[2])
if open > 0 then return {3, open} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[3], 'level', 'at')
local level = tonumber(kept[1]) or capacity
local at = tonumber(kept[2]) or now
level = math.min(capacity, level + math.max(0, now - at) * rate)
local wait = 0
if level >= 1 then level = level - 1 else wait = math.ceil((1 - level) / rate) end
redis.call('HSET', KEYS[3], 'level', tostring(level), 'at', now)
redis.call('PEXPIRE', KEYS[3], math.ceil(capacity / rate) + 1000)
if wait > 0 then return {1, wait} end
return {0, 0}
"""

# Each opening in a row doubles the time. KEYS circuit, streak; ARGV first, longest (seconds).
_OPEN = """
local streak = redis.call('INCR', KEYS[2])
local seconds = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ (streak - 1))
redis.call('SET', KEYS[1], streak, 'EX', seconds)
redis.call('EXPIRE', KEYS[2], math.ceil(seconds * 2))
return seconds
"""


class Verdict(IntEnum):
    """Whether the call may leave."""

    GO = 0
    WAIT = 1
    STOPPED = 2
    CIRCUIT_OPEN = 3


@dataclass(frozen=True, kw_only=True)
class Leave:
    """The answer, and for how many seconds it holds."""

    verdict: Verdict
    seconds: float


def _bucket() -> tuple[float, float]:
    """Tokens per millisecond and the largest burst; together below WeCom's minute (10,000 calls)."""
    per_minute = float(getattr(settings, "WECOM_CALLS_PER_MINUTE", 8_000))
    return per_minute / 60_000, max(1.0, per_minute / 4)


def leave_ask(*, corp: WeComCorp, api: str) -> Leave:
    """Take one call out of the corp's minute for this API. Without Redis the call may go: WeCom itself counts."""
    rate, capacity = _bucket()
    keys = [key(corp, "stop"), key(corp, "circuit", api), key(corp, "bucket", api)]
    try:
        verdict, milliseconds = store().eval(_ASK, 3, *keys, repr(rate), repr(capacity))
    except RedisError as error:
        log.warning("wecom_pacing_away", corp=corp.public_id, fault=type(error).__name__)
        return Leave(verdict=Verdict.GO, seconds=0)
    return Leave(verdict=Verdict(int(verdict)), seconds=int(milliseconds) / 1000)


def circuit_open(*, corp: WeComCorp, api: str) -> float:
    """Close this API for the corp after 45009; returns for how many seconds."""
    log.error("wecom_circuit_open", corp=corp.public_id, api=api)
    try:
        seconds = store().eval(
            _OPEN,
            2,
            key(corp, "circuit", api),
            key(corp, "streak", api),
            CIRCUIT_SECONDS,
            CIRCUIT_LONGEST,
        )
    except RedisError:
        return float(CIRCUIT_SECONDS)
    return float(seconds)


def stop_mark(*, corp: WeComCorp) -> None:
    """Let every process refuse calls of this application at once; the row in the database is the truth."""
    try:
        store().set(key(corp, "stop"), 1, ex=3600)
    except RedisError:
        log.warning("wecom_pacing_away", corp=corp.public_id)


def stop_clear(*, corp: WeComCorp) -> None:
    """The binding was corrected: forget the stop, the token and every open circuit."""
    try:
        names = list(store().scan_iter(match=key(corp, "*"), count=200))
        if names:
            store().delete(*names)
    except RedisError:
        log.warning("wecom_pacing_away", corp=corp.public_id)
