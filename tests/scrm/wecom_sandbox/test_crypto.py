"""The sandbox's envelope against the published examples, and against tampering."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.wecom.sandbox.crypto import Envelope, EnvelopeError, Sealed, sign
from tests.scrm.wecom_sandbox.world import AES_KEY, CORP, TOKEN

VECTORS = json.loads(
    (Path(__file__).parents[2] / "data" / "wecom_sandbox_vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_published_examples_open(vector) -> None:
    envelope = Envelope(
        token=vector["token"], aes_key=vector["aes_key"], receiver=vector["receiver"]
    )
    sealed = Sealed(vector["encrypt"], vector["signature"], vector["timestamp"], vector["nonce"])
    assert envelope.open(sealed) == vector["plain"]


@given(st.text(max_size=400))
def test_what_is_sealed_opens_again(message: str) -> None:
    envelope = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
    sealed = envelope.seal(message, timestamp=1)
    assert envelope.open(sealed) == message
    assert len(base64.b64decode(sealed.encrypt)) % 32 == 0


def test_equal_messages_are_sealed_differently() -> None:
    envelope = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
    assert envelope.seal("x", timestamp=1).encrypt != envelope.seal("x", timestamp=1).encrypt


def test_strangers_and_tampering_are_refused() -> None:
    envelope = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
    sealed = envelope.seal("hello", timestamp=1)
    with pytest.raises(EnvelopeError, match="signature"):
        envelope.open(replace(sealed, nonce="other"))
    stranger = Envelope(token=TOKEN, aes_key=AES_KEY, receiver="ww2")
    with pytest.raises(EnvelopeError, match="receiver"):
        stranger.open(sealed)
    data = bytearray(base64.b64decode(sealed.encrypt))
    data[-17] ^= 1
    broken = base64.b64encode(bytes(data)).decode()
    with pytest.raises(EnvelopeError):
        envelope.open(Sealed(broken, sign(TOKEN, "1", "n", broken), "1", "n"))


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(EnvelopeError, match="43"):
        Envelope(token=TOKEN, aes_key="short", receiver=CORP)
