"""What the audit log may not hold."""

from __future__ import annotations

import pytest

from scrm.events.masking import HIDDEN, masked, masked_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("致电13812345678。", "致电138****5678。"),
        ("zhang.san@example.com", "z***@example.com"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", HIDDEN),
        ("sk_live_1_abcdefgh0123456789012345678901", HIDDEN),
        # The control: numbers and ids that are no phones stay.
        ("138123456789", "138123456789"),
        ("mem_013812345678", "mem_013812345678"),
        ("20261122", "20261122"),
        ("a @ b", "a @ b"),
    ],
)
def test_phones_addresses_and_secrets_are_made_unreadable(text: str, shown: str) -> None:
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


def test_names_that_open_something_are_hidden_at_any_depth() -> None:
    told = masked(
        {"a": [{"Secret": "x", "n": 1}], "token": "", "new_password": "y", "roles": ["finance"]}
    )
    assert told == {
        "a": [{"Secret": HIDDEN, "n": 1}],
        "token": "",
        "new_password": HIDDEN,
        "roles": ["finance"],
    }
