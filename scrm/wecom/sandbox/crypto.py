"""The sender's side of WeCom's callback envelope, written for the sandbox alone.

It shares no code with the gateway's receiver on purpose: each side checks the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
KEY_LENGTH = 43
PREFIX = 16


class EnvelopeError(Exception):
    """The message is not one this key, token and receiver would have produced."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted message with its signature, as it goes on the wire."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


def sign(token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """SHA-1 hex over the four values, sorted and joined."""
    joined = "".join(sorted((token, timestamp, nonce, encrypt)))
    return hashlib.sha1(joined.encode()).hexdigest()  # noqa: S324  the protocol's choice


class Envelope:
    """Seals and opens messages for one application."""

    def __init__(self, *, token: str, aes_key: str, receiver: str) -> None:
        if len(aes_key) != KEY_LENGTH:
            msg = "EncodingAESKey must have 43 characters"
            raise EnvelopeError(msg)
        try:
            key = base64.b64decode(aes_key + "=")
        except binascii.Error as error:
            msg = "EncodingAESKey is not base64"
            raise EnvelopeError(msg) from error
        self._token = token
        self._receiver = receiver.encode()
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:PREFIX]))

    def seal(self, message: str, *, timestamp: int, nonce: str = "") -> Sealed:
        """Encrypt under fresh random bytes; equal messages never look equal."""
        body = message.encode()
        plain = secrets.token_bytes(PREFIX) + struct.pack(">I", len(body)) + body + self._receiver
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        data = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
        encrypt = base64.b64encode(data).decode()
        moment = str(timestamp)
        nonce = nonce or str(secrets.randbelow(10**10))
        return Sealed(encrypt, sign(self._token, moment, nonce, encrypt), moment, nonce)

    def open(self, sealed: Sealed) -> str:
        """Check the signature, decrypt, and check padding, length and receiver."""
        wanted = sign(self._token, sealed.timestamp, sealed.nonce, sealed.encrypt)
        if not hmac.compare_digest(wanted, sealed.signature):
            msg = "signature"
            raise EnvelopeError(msg)
        try:
            data = base64.b64decode(sealed.encrypt, validate=True)
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(data) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            msg = "ciphertext"
            raise EnvelopeError(msg) from error
        return self._message(plain)

    def _message(self, plain: bytes) -> str:
        fill = plain[-1] if plain else 0
        if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
            msg = "padding"
            raise EnvelopeError(msg)
        content = plain[PREFIX:-fill]
        size = struct.unpack(">I", content[:4])[0] if len(content) >= 4 else -1  # noqa: PLR2004
        if size < 0 or content[4 + size :] != self._receiver:
            msg = "length or receiver"
            raise EnvelopeError(msg)
        return content[4 : 4 + size].decode()


def envelope_xml(sealed: Sealed, *, receiver: str, agent_id: int) -> str:
    """The POST body around an encrypted event."""
    return (
        f"<xml><ToUserName><![CDATA[{receiver}]]></ToUserName>"
        f"<Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt>"
        f"<AgentID><![CDATA[{agent_id}]]></AgentID></xml>"
    )
