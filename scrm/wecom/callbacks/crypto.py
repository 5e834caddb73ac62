"""WeCom's callback envelope: signature first, then AES, then every length (official page 90968)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_RANDOM = 16
_SIZE = 4
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_ENCRYPT = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>"
)


class EnvelopeRefused(Exception):
    """Nobody who knows token and key made this message. The text is for our log, never for the sender."""


class EnvelopeMalformed(Exception):
    """Not an envelope at all."""


def aes_key_check(text: str) -> bool:
    """Whether this can be an EncodingAESKey."""
    return _AES_KEY.fullmatch(text) is not None


class CallbackCrypto:
    """Opens the messages of one application."""

    __slots__ = ("_cipher", "_receiver", "_token")

    def __init__(self, *, token: str, aes_key: str, receiver: str) -> None:
        if not aes_key_check(aes_key):
            message = "an EncodingAESKey has 43 letters and digits"
            raise ValueError(message)
        key = base64.b64decode(f"{aes_key}=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:_RANDOM]))
        self._token = token
        self._receiver = receiver.encode()

    def open(self, *, signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """The message inside; EnvelopeRefused unless signature, padding, length and receiver all fit."""
        joined = "".join(sorted((self._token, timestamp, nonce, encrypt)))
        wanted = hashlib.sha1(joined.encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 - the protocol's
        if not hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogatepass")):
            raise EnvelopeRefused("signature")
        try:
            data = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError):
            raise EnvelopeRefused("base64") from None
        if not data or len(data) % _BLOCK:
            raise EnvelopeRefused("block length")
        decryptor = self._cipher.decryptor()
        return self._message(decryptor.update(data) + decryptor.finalize())

    def _message(self, plain: bytes) -> bytes:
        fill = plain[-1]
        if not 1 <= fill <= _BLOCK or plain[-fill:] != bytes([fill]) * fill:
            raise EnvelopeRefused("padding")
        content = plain[_RANDOM:-fill]
        size = int.from_bytes(content[:_SIZE], "big")
        if len(content) < _SIZE or size + _SIZE > len(content):
            raise EnvelopeRefused("length")
        if not hmac.compare_digest(content[_SIZE + size :], self._receiver):
            raise EnvelopeRefused("receiver")
        return content[_SIZE : _SIZE + size]


def encrypt_of(body: bytes) -> str:
    """The ciphertext of a POST body; EnvelopeMalformed unless there is exactly one and no DOCTYPE."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise EnvelopeMalformed("doctype")
    found = _ENCRYPT.findall(body)
    if len(found) != 1:
        raise EnvelopeMalformed("encrypt")
    return str(found[0].decode("ascii"))
