"""Ids made outside the database: UUIDv7 (RFC 9562) and the prefixed ids the world sees."""

from __future__ import annotations

import os
import time
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case
_LENGTH = 26


def uuid7() -> uuid.UUID:
    """A time-ordered UUID: 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = int.from_bytes(os.urandom(10), "big")
    rand_a, rand_b = value >> 68 & 0xFFF, value & ((1 << 62) - 1)
    return uuid.UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    )


def public_id(prefix: str) -> str:
    """An unguessable id with its kind in front, such as ``mem_06c2…`` (26 base-32 characters)."""
    value = uuid7().int
    digits = []
    for _ in range(_LENGTH):
        value, index = divmod(value, 32)
        digits.append(_ALPHABET[index])
    return f"{prefix}_{''.join(reversed(digits))}"
