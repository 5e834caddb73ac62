"""How identifiers are hidden: a keyed hash to find them, encryption to read them back."""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from members.identity.rules import Claim
from scrm.tenants.context import require_tenant_id

_HASH_BYTES = 16


def value_hash(claim: Claim) -> str:
    """The blind index of a normal claim: 128 bits of HMAC-SHA256 under the tenant's own key.

    The same phone in two brands has two different hashes (EC-53).
    """
    text = f"{claim.type}\x1f{claim.scope}\x1f{claim.value}".encode()
    return hmac.digest(_index_key(require_tenant_id(), _oldest()), text, "sha256")[
        :_HASH_BYTES
    ].hex()


def value_encrypt(value: str) -> str:
    """Encrypt with the newest key."""
    return _fernet(tuple(settings.SCRM_SECRET_KEYS)).encrypt(value.encode()).decode()


def value_decrypt(token: str) -> str:
    """Read what any of the keys encrypted; empty for empty."""
    return (
        _fernet(tuple(settings.SCRM_SECRET_KEYS)).decrypt(token.encode()).decode() if token else ""
    )


def _oldest() -> str:
    # Encryption rotates to the first key; the index stays on the last one (or on the key that is named for
    # it, so that the last one may go), or nobody would be found.
    return str(settings.SCRM_INDEX_KEY or settings.SCRM_SECRET_KEYS[-1])


@lru_cache(maxsize=256)
def _index_key(tenant_id: int, master: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"members.identity:%d" % tenant_id)
    return derive.derive(base64.urlsafe_b64decode(master))


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
