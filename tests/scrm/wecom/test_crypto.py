"""The envelope: official examples, a second opinion, and a hostile sender."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import statistics
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.enterprise import WeChatCrypto

from scrm.wecom.callbacks.crypto import (
    CallbackCrypto,
    EnvelopeMalformed,
    EnvelopeRefused,
    encrypt_of,
)
from scrm.wecom.sandbox.crypto import Envelope, envelope_xml, sign
from tests.scrm.wecom.conftest import AES_KEY, CORP, TOKEN

VECTORS = json.loads((Path(__file__).parents[2] / "data/wecom_callback_vectors.json").read_text())[
    "vectors"
]
OURS = CallbackCrypto(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
SENDER = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
XML = "<xml><Event><![CDATA[change_external_contact]]></Event><Name>陈晨</Name></xml>"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_official_examples_open_to_their_text(vector: dict[str, str]) -> None:
    crypto = CallbackCrypto(
        token=vector["token"], aes_key=vector["aes_key"], receiver=vector["receiver"]
    )
    plain = crypto.open(
        signature=vector["signature"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        encrypt=vector["encrypt"],
    )
    assert plain.decode() == vector["plain"]
    for field in ("signature", "timestamp", "nonce", "encrypt"):
        changed = {**vector, field: vector[field][:-1] + ("1" if vector[field][-1] != "1" else "2")}
        with pytest.raises(EnvelopeRefused):
            crypto.open(
                signature=changed["signature"],
                timestamp=changed["timestamp"],
                nonce=changed["nonce"],
                encrypt=changed["encrypt"],
            )


@given(text=st.text(max_size=600), moment=st.integers(0, 2**33))
@settings(max_examples=150, deadline=None)
def test_what_two_other_implementations_seal_we_open(text: str, moment: int) -> None:
    sealed = SENDER.seal(text, timestamp=moment)
    opened = OURS.open(
        signature=sealed.signature,
        timestamp=sealed.timestamp,
        nonce=sealed.nonce,
        encrypt=sealed.encrypt,
    )
    assert opened.decode() == text
    if not text:
        return
    theirs = WeChatCrypto(TOKEN, AES_KEY, CORP)
    wrapped = theirs.encrypt_message(text, "nonce1", str(moment)).encode()
    encrypt = encrypt_of(wrapped)
    signature = sign(TOKEN, str(moment), "nonce1", encrypt)
    assert (
        OURS.open(
            signature=signature, timestamp=str(moment), nonce="nonce1", encrypt=encrypt
        ).decode()
        == text
    )
    body = envelope_xml(sealed, receiver=CORP, agent_id=1)
    assert theirs.decrypt_message(body, sealed.signature, sealed.timestamp, sealed.nonce) in (
        text,
        text.encode(),
    )


def _seal_raw(plain: bytes) -> dict[str, str]:
    """A correctly signed message around any plaintext: what only a key holder could make."""
    key = base64.b64decode(f"{AES_KEY}=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    encrypt = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    return {
        "signature": sign(TOKEN, "1", "n", encrypt),
        "timestamp": "1",
        "nonce": "n",
        "encrypt": encrypt,
    }


def _plain(message: bytes, *, receiver: bytes = CORP.encode(), size: int | None = None) -> bytes:
    size = len(message) if size is None else size
    return secrets.token_bytes(16) + size.to_bytes(4, "big") + message + receiver


def _pad(plain: bytes, block: int = 32) -> bytes:
    fill = block - len(plain) % block
    return plain + bytes([fill]) * fill


def test_a_well_made_message_opens() -> None:
    assert OURS.open(**_seal_raw(_pad(_plain(b"hello")))) == b"hello"


@pytest.mark.parametrize(
    "plain",
    [
        _pad(_plain(b"hello", receiver=b"ww_other")),
        _pad(_plain(b"hello", receiver=b"")),
        _pad(_plain(b"hello", receiver=CORP.encode() + b"x")),
        _pad(_plain(b"hello", size=4)),
        _pad(_plain(b"hello", size=6)),
        _pad(_plain(b"hello", size=2**31)),
        b"\0" * 32,
        b"\x21" * 32,
        b"\xff" * 64,
        (_plain(b"hello" * 9) + bytes(64))[:63] + b"\0",
        _pad(_plain(b"hello"))[:-2] + b"\x01\x02",
        bytes(15) + b"\x11" * 17,
    ],
    ids=[
        "other receiver", "no receiver", "longer receiver", "short size", "long size", "huge size",
        "zero padding", "padding 33", "padding 255", "last byte zero", "inconsistent padding", "too short",
    ],
)  # fmt: skip
def test_even_a_signed_message_must_fit_in_every_length(plain: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        OURS.open(**_seal_raw(plain))


def test_a_block_of_16_is_refused() -> None:
    plain = _plain(b"", receiver=b"")
    with pytest.raises(EnvelopeRefused):
        OURS.open(**_seal_raw(plain + b"\x0c" * 12 + b"\x10" * 16))


@given(
    signature=st.one_of(st.text(max_size=60), st.from_regex(r"[0-9a-f]{40}", fullmatch=True)),
    timestamp=st.text(max_size=20),
    nonce=st.text(max_size=20),
    encrypt=st.one_of(
        st.text(max_size=200),
        st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()),
    ),
)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
def test_two_thousand_forgeries_are_refused_in_our_own_words(
    signature: str, timestamp: str, nonce: str, encrypt: str
) -> None:
    with pytest.raises(EnvelopeRefused):
        OURS.open(signature=signature, timestamp=timestamp, nonce=nonce, encrypt=encrypt)


@given(raw=st.binary(min_size=32, max_size=256))
@settings(max_examples=1000, deadline=None)
def test_signed_garbage_is_refused_in_our_own_words(raw: bytes) -> None:
    raw = raw[: len(raw) // 16 * 16]
    with pytest.raises(EnvelopeRefused):
        OURS.open(**_seal_raw(raw))


@given(body=st.binary(max_size=400))
@settings(max_examples=500, deadline=None)
def test_any_body_is_an_envelope_or_malformed(body: bytes) -> None:
    with contextlib.suppress(EnvelopeMalformed):
        assert encrypt_of(body).isascii()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt>QUJD</Encrypt><Encrypt>QUJD</Encrypt></xml>",
        b"<!DOCTYPE xml><xml><Encrypt>QUJD</Encrypt></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>QUJD</Encrypt></xml>',
        b"<xml><Encrypt>&a;</Encrypt></xml>",
    ],
)
def test_what_is_no_envelope_is_malformed(body: bytes) -> None:
    with pytest.raises(EnvelopeMalformed):
        encrypt_of(body)


def test_both_forms_of_text_are_read() -> None:
    for form in (
        b"<Encrypt>QUJD</Encrypt>",
        b"<Encrypt><![CDATA[QUJD]]></Encrypt>",
        b"<Encrypt>\n QUJD \n</Encrypt>",
    ):
        assert encrypt_of(b"<xml>" + form + b"</xml>") == "QUJD"


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "é" * 43])
def test_a_wrong_key_is_said_when_it_is_entered(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        CallbackCrypto(token="t", aes_key=key, receiver="r")


def test_ours_costs_at_most_half_of_wechatpys() -> None:
    theirs = WeChatCrypto(TOKEN, AES_KEY, CORP)
    sealed = SENDER.seal(XML * 8, timestamp=1)
    body = envelope_xml(sealed, receiver=CORP, agent_id=1).encode()

    def ours_once() -> None:
        OURS.open(
            signature=sealed.signature,
            timestamp=sealed.timestamp,
            nonce=sealed.nonce,
            encrypt=encrypt_of(body),
        )

    def theirs_once() -> None:
        theirs.decrypt_message(body, sealed.signature, sealed.timestamp, sealed.nonce)

    ratios = []
    for _ in range(7):
        times = []
        for once in (ours_once, theirs_once):
            start = time.process_time()
            for _ in range(400):
                once()
            times.append(time.process_time() - start)
        ratios.append(times[0] / times[1])
    assert statistics.median(ratios) <= 0.5, ratios
