"""Ids made outside the database: UUIDv7 (RFC 9562) and the prefixed ids the world sees."""

from __future__ import annotations

import os
import threading
import time
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case
_LENGTH = 26


_last = 0
_lock = threading.Lock()


def uuid7() -> uuid.UUID:
    """A time-ordered UUID: 48 bits of milliseconds, 12 of sub-millisecond order, 62 random.

    Ids of one process are strictly ascending, so that facts written in one transaction keep their order.
    """
    global _last  # noqa: PLW0603 - the order of a whole process needs one place
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    tick = milliseconds << 12 | rest * 4096 // 1_000_000
    with _lock:
        _last = tick = max(tick, _last + 1)
    return uuid.UUID(
        int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random_bits
    )


def public_id(prefix: str) -> str:
    """An unguessable id with its kind in front, such as ``mem_06c2…`` (26 base-32 characters)."""
    value = uuid7().int
    digits = []
    for _ in range(_LENGTH):
        value, index = divmod(value, 32)
        digits.append(_ALPHABET[index])
    return f"{prefix}_{''.join(reversed(digits))}"
