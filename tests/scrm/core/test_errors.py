"""Refusals keep their codes apart."""

from __future__ import annotations

import pytest

from scrm.core.errors import ERROR_CODES, DomainError, ErrorKind, NotFound


def test_a_code_means_one_kind() -> None:
    with pytest.raises(TypeError, match="two kinds"):

        class Other(DomainError):
            code = NotFound.code
            kind = ErrorKind.CONFLICT

    assert ERROR_CODES["not_found"] is NotFound


def test_a_refusal_carries_what_the_caller_needs() -> None:
    refusal = NotFound("no such member", pointer="/member", asked="mem_1")
    assert (str(refusal), refusal.pointer, refusal.details) == (
        "no such member",
        "/member",
        {"asked": "mem_1"},
    )
    assert str(NotFound()) == "not_found"
