"""Access tokens: one per bound application, shared by all processes, fetched by one of them at a time."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from scrm.core.secrets import SecretUnreadable, secret_open, secret_seal
from scrm.wecom.errors import WeComLimited
from scrm.wecom.store import key, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrm.wecom.models import WeComCorp

log = structlog.get_logger(__name__)
MARGIN_SECONDS = 300  # never hand out a token that ends within this, or a tenth of its life
LOCK_MILLISECONDS = 15_000  # longer than one gettoken may take
WAIT_SECONDS = 12.0
_POLL_SECONDS = 0.03

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_FORGET = """
if redis.call('HGET', KEYS[1], 'mark') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, kw_only=True)
class FreshToken:
    """What gettoken answered."""

    value: str
    expires_in: int


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def token_get(*, corp: WeComCorp, fetch: Callable[[], FreshToken]) -> str:
    """The application's token; at most one caller anywhere fetches, the others wait for it."""
    try:
        return _get(corp, fetch)
    except RedisError as error:
        log.warning("wecom_token_store_away", corp=corp.public_id, fault=type(error).__name__)
    # Without the store nobody could share a token: gettoken must not be polled, so wait instead.
    raise WeComLimited(api="gettoken", reason="token store unavailable", retry_after=5.0)


def token_forget(*, corp: WeComCorp, token: str) -> None:
    """Drop the token that WeCom refused, unless another process has replaced it already."""
    try:
        store().eval(_FORGET, 1, key(corp, "token"), _mark(token))
    except RedisError:
        log.warning("wecom_token_store_away", corp=corp.public_id)


def _get(corp: WeComCorp, fetch: Callable[[], FreshToken]) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    lock, holder = key(corp, "token", "lock"), secrets.token_hex(8)
    while True:
        known = _read(corp)
        if known is not None:
            return known
        if store().set(lock, holder, nx=True, px=LOCK_MILLISECONDS):
            try:
                # Someone may have finished between our look and our lock.
                return _read(corp) or _fetch(corp, fetch)
            finally:
                store().eval(_RELEASE, 1, lock, holder)
        if time.monotonic() > deadline:
            raise WeComLimited(api="gettoken", reason="token is being fetched", retry_after=2.0)
        time.sleep(_POLL_SECONDS)


def _read(corp: WeComCorp) -> str | None:
    kept = store().hgetall(key(corp, "token"))
    if not kept:
        return None
    try:
        return secret_open(str(kept["sealed"]))
    except SecretUnreadable:
        return None


def _fetch(corp: WeComCorp, fetch: Callable[[], FreshToken]) -> str:
    fresh = fetch()
    life = max(fresh.expires_in, 1)
    margin = min(MARGIN_SECONDS, life // 10)
    name = key(corp, "token")
    pipe = store().pipeline(transaction=True)
    pipe.delete(name)
    pipe.hset(
        name,
        mapping={
            "sealed": secret_seal(fresh.value),
            "mark": _mark(fresh.value),
            "expires_at": repr(time.time() + life),
        },
    )
    pipe.expire(name, max(life - margin, 1))  # Redis itself counts, so every process agrees
    pipe.execute()
    log.info("wecom_token_fetched", corp=corp.public_id, seconds=life)
    return fresh.value
