"""Standard Webhooks: what is signed and how; when a refused delivery goes again; when an endpoint rests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

SECRET_MARK = "whsec_"  # noqa: S105 - what every secret begins with
_SECRET_BYTES = 32

# How long after each attempt the next one follows; together just under three days.
WAITS: tuple[timedelta, ...] = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
    timedelta(hours=10),
    timedelta(hours=10),
    timedelta(hours=12),
    timedelta(hours=12),
)
LONGEST = timedelta(hours=72)

# The circuit: so many failures in a row open it, and each probe that fails doubles the rest.
OPEN_AFTER = 5
REST_FIRST = timedelta(seconds=30)
REST_LONGEST = timedelta(hours=1)
OFF_AFTER = timedelta(days=5)

OVERLAP = timedelta(hours=24)
GONE = 410
_REST_DOUBLINGS = 10


def secret_new() -> str:
    """A signing secret in the form that Standard Webhooks libraries read."""
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: str) -> str:
    """`v1,<HMAC-SHA256>` over id.timestamp.body."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers_of(
    held: Iterable[str], *, message_id: str, timestamp: int, body: str
) -> dict[str, str]:
    """The three headers; with two secrets in force there are two signatures."""
    signatures = [
        signature(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in held
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def body_of(*, type: str, version: int, occurred_at: datetime, data: Mapping[str, Any]) -> str:
    """The body, once and for all: attempts and replays repeat it byte for byte."""
    said = {
        "type": type,
        "version": version,
        "timestamp": occurred_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after that many attempts; None when the last one was made."""
    return WAITS[tries] if 0 <= tries < len(WAITS) else None


def rest_after(failures: int) -> timedelta | None:
    """How long an endpoint rests after so many failures in a row; None while the circuit is closed."""
    if failures < OPEN_AFTER:
        return None
    doublings = min(failures - OPEN_AFTER, _REST_DOUBLINGS)
    return min(REST_FIRST * (1 << doublings), REST_LONGEST)


def times_faults(*, timeout: float, lease: float) -> list[str]:
    """Why these times cannot work together; empty if they can."""
    if timeout * 3 >= lease:
        return [
            f"WEBHOOK_TIMEOUT_SECONDS ({timeout} s) must be below a third of WEBHOOK_LEASE_SECONDS ({lease} s)"
        ]
    return []
