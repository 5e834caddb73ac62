"""Idempotency-Key: the same call twice has one effect and one answer, kept for a day."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from scrm.api.errors import IdempotencyInProgress, IdempotencyKeyReused, InvalidIdempotencyKey
from scrm.api.models import IdempotencyRecord
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(hours=24)
# A call outside one transaction that has not answered by then was killed; its key may be used again.
LEASE = timedelta(minutes=10)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A POST with its key. ``fingerprint`` covers method, path and body."""

    api_key_id: int
    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the caller is told; ``is_replay`` when it was told before."""

    status: int
    body: Any
    is_replay: bool = False


def call_of(*, api_key_id: int, key: str, method: str, path: str, body: bytes) -> Call:
    """The call as it is remembered; InvalidIdempotencyKey for a key that is none."""
    if not _KEY.fullmatch(key):
        raise InvalidIdempotencyKey
    digest = hashlib.sha256(b"\x00".join([method.encode(), path.encode(), body])).hexdigest()
    return Call(api_key_id=api_key_id, key=key, fingerprint=digest)


def once(call: Call, act: Callable[[], Told]) -> Told:
    """Act once per key, in the caller's transaction: effects and answer are stored together.

    A second call at the same time is told so at once instead of waiting. Refusals raise through here,
    roll everything back and are not remembered.
    """
    if not _lock(call):
        raise IdempotencyInProgress
    earlier = _recall(call)
    if earlier is not None:
        return earlier
    told = act()
    IdempotencyRecord.objects.create(
        api_key_id=call.api_key_id,
        key=call.key,
        request_hash=call.fingerprint,
        status=told.status,
        answer_sealed=_seal(told.body),
        expires_at=clock.now() + KEPT,
    )
    return told


def once_apart(call: Call, act: Callable[[], Told]) -> Told:
    """Like ``once`` for work that opens its own transactions: the key is claimed before it starts."""
    try:
        with transaction.atomic():
            if not _lock(call):
                raise IdempotencyInProgress
            earlier = _recall(call)
            if earlier is not None:
                return earlier
            row = IdempotencyRecord.objects.create(
                api_key_id=call.api_key_id,
                key=call.key,
                request_hash=call.fingerprint,
                expires_at=clock.now() + LEASE,
            )
    except IntegrityError as error:
        raise IdempotencyInProgress from error
    try:
        told = act()
    except BaseException:
        IdempotencyRecord.objects.filter(pk=row.pk).delete()
        raise
    IdempotencyRecord.objects.filter(pk=row.pk).update(
        status=told.status, answer_sealed=_seal(told.body), expires_at=clock.now() + KEPT
    )
    return told


def records_tidy() -> int:
    """Forget what is older than a day."""
    at = clock.now()
    old = IdempotencyRecord.objects.filter(expires_at__lte=at, created_at__lte=at - KEPT)
    removed, _per_model = old.delete()
    return removed


def _lock(call: Call) -> bool:
    """Hold the key until the transaction ends; False if another call holds it."""
    name = f"{require_tenant_id()}:{call.api_key_id}:{call.key}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        held: bool = cursor.fetchone()[0]
    return held


def _recall(call: Call) -> Told | None:
    row = IdempotencyRecord.objects.filter(api_key_id=call.api_key_id, key=call.key).first()
    if row is None:
        return None
    if _is_over(row):
        row.delete()
        return None
    if row.request_hash != call.fingerprint:
        raise IdempotencyKeyReused
    if row.status is None:
        raise IdempotencyInProgress
    return Told(status=row.status, body=answer_open(bytes(row.answer_sealed)), is_replay=True)


def _is_over(row: IdempotencyRecord) -> bool:
    """By the clock of the call and by the age of the row: a test clock set back must not end a key early."""
    at = clock.now()
    return row.expires_at <= at and row.created_at + (LEASE if row.status is None else KEPT) <= at


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SCRM_SECRET_KEYS])


def _seal(body: Any) -> bytes:
    return b"" if body is None else _box().encrypt(json.dumps(body, default=str).encode())


def answer_open(sealed: bytes) -> Any:
    """What the caller was told."""
    return json.loads(_box().decrypt(sealed)) if sealed else None
