"""Secrets at rest: sealed with the newest of SCRM_SECRET_KEYS, opened with whichever sealed them.

The key's id stands beside the sealed text, so that a rotation can tell what is still under an old key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from typing_extensions import override

_MARK = "f1"


class SecretUnreadable(RuntimeError):
    """No key that we hold opens this text: a key is missing from SCRM_SECRET_KEYS."""


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[str, Fernet]:
    try:
        return {hashlib.sha256(key.encode()).hexdigest()[:8]: Fernet(key) for key in keys}
    except ValueError as error:
        message = "SCRM_SECRET_KEYS must be url-safe base64 of 32 bytes each, newest first"
        raise ImproperlyConfigured(message) from error


def _keys() -> dict[str, Fernet]:
    keys = _ring(tuple(settings.SCRM_SECRET_KEYS))
    if not keys:
        message = "set SCRM_SECRET_KEYS (see .env.example)"
        raise ImproperlyConfigured(message)
    return keys


def newest_key_id() -> str:
    """Id of the key that seals from now on."""
    return next(iter(_keys()))


def secret_seal(text: str) -> str:
    """The text under the newest key, as ``f1$<key id>$<token>``; empty stays empty."""
    if not text:
        return ""
    key_id, key = next(iter(_keys().items()))
    return f"{_MARK}${key_id}${key.encrypt(text.encode()).decode()}"


def secret_open(sealed: str) -> str:
    """The text that was sealed; raises SecretUnreadable without its key."""
    if not sealed:
        return ""
    mark, _, rest = sealed.partition("$")
    key_id, _, token = rest.partition("$")
    key = _keys().get(key_id)
    if mark != _MARK or key is None:
        message = f"no key {key_id[:8]} in SCRM_SECRET_KEYS"
        raise SecretUnreadable(message)
    try:
        return key.decrypt(token.encode()).decode()
    except InvalidToken:
        message = f"key {key_id} does not open this secret"
        raise SecretUnreadable(message) from None


def secret_key_id(sealed: str) -> str:
    """Id of the key that sealed this stored text."""
    return sealed.split("$", 2)[1] if sealed.startswith(f"{_MARK}$") else ""


def blind_index(purpose: str, text: str) -> str:
    """A keyed hash by which sealed text is found again; plain hashes of phones could be counted out.

    It stays on the oldest key for ever: sealing rotates, the index cannot.
    """
    key = _index_key(purpose, str(settings.SCRM_SECRET_KEYS[-1]))
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=32)
def _index_key(purpose: str, master: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return derive.derive(base64.urlsafe_b64decode(master))


class SecretField(models.TextField):  # type: ignore[type-arg]
    """Text that the database only ever sees sealed. It cannot be searched."""

    @override
    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "scrm.core.secrets.SecretField", args, kwargs

    @override
    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else secret_seal(str(value))

    def from_db_value(self, value: str | None, *_where: Any) -> str | None:
        """Open what the database kept."""
        return None if value is None else secret_open(value)

    @override
    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
